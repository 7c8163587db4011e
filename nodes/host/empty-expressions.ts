/** Finds expressions in a text that gave no text: `Photo of {{ $json.product }}` without that field. */

import type { IExecuteFunctions } from 'n8n-workflow';
import { invalidParameter } from '../../core/errors';
import type { Parameter } from '../../core/rules/labels';
import { excerpt } from '../../core/rules/parameters';

/** Not those that are escaped, which n8n leaves as they are. */
const expressions = /(?<!\\)\{\{[\s\S]+?\}\}/g;

type Path = Parameter | `options.${Parameter}`;

/**
 * @param texts path, label and value for the item
 * @returns a warning for each that has expressions without a value; none for a text that is empty
 * @throws invalid_parameter for an expression that gave an object
 */
export const missingValues = (
	context: IExecuteFunctions,
	itemIndex: number,
	texts: ReadonlyArray<readonly [path: Path, label: string, value: unknown]>,
): string[] =>
	texts.flatMap(([path, label, value]) => {
		if (typeof value !== 'string' || value === '') return [];
		const raw: unknown = context.getNodeParameter(path, itemIndex, '', { rawExpressions: true });
		if (typeof raw !== 'string' || !raw.startsWith('=')) return [];
		const empty = (raw.match(expressions) ?? []).filter((expression) => {
			const given = valueOf(context, expression, itemIndex);
			if (!isObject(given)) return isEmpty(given);
			throw invalidParameter(
				path.replace('options.', '') as Parameter,
				`'${label}': ${excerpt(expression)} is an object, not text`,
				'Use one of its fields, e.g. {{ $json.product.name }}.',
			);
		});
		const named = empty.map((one) => excerpt(one)).join(', ');
		return empty.length > 0 ? [`'${label}': no value for ${named}`] : [];
	});

const isObject = (value: unknown): boolean =>
	typeof value === 'object' && String(value).includes('[object Object]');

/** In a text, n8n writes nothing for a sum without numbers, and nothing for an empty list. */
const isEmpty = (value: unknown): boolean =>
	Number.isNaN(value) || String(value ?? '').trim() === '';

function valueOf(context: IExecuteFunctions, expression: string, itemIndex: number): unknown {
	try {
		return context.evaluateExpression(expression, itemIndex);
	} catch {
		// Braces inside a string cut an expression in two; n8n has evaluated the whole text already.
		return expression;
	}
}
