/** Finds expressions in a text that gave no text: `Photo of {{ $json.product }}` without that field. */

import type { IExecuteFunctions } from 'n8n-workflow';
import { invalidParameter } from '../../core/errors';
import type { Parameter } from '../../core/rules/labels';
import { excerpt } from '../../core/rules/parameters';

const expressions = /\{\{([\s\S]+?)\}\}/g;
/** Characters that no prompt has. */
const [EXPRESSION, END] = ['\0', '\u0001'];
/** What is longer is a whole file, and refused for that. */
const LONGEST = 200_000;
/** What JavaScript writes into a text for an object. */
const OBJECT = '[object Object]';

const bounded = (text: string): string => `${END}${text.replaceAll(/\s+/g, '')}${END}`;

type Path = Parameter | `options.${Parameter}`;

/**
 * @param texts path, label and value for the item
 * @returns a warning for each that has expressions without a value; none for an expression that is the
 *   whole text, because the text is then empty
 * @throws invalid_parameter for an expression that gave an object
 */
export const missingValues = (
	context: IExecuteFunctions,
	itemIndex: number,
	texts: ReadonlyArray<readonly [path: Path, label: string, value: unknown]>,
): string[] =>
	texts.flatMap(([path, label, value]) => {
		if (typeof value !== 'string' || value === '' || value.length > LONGEST) return [];
		const raw: unknown = context.getNodeParameter(path, itemIndex, '', { rawExpressions: true });
		if (typeof raw !== 'string' || !raw.startsWith('=')) return [];
		if (value.includes(OBJECT)) refuseObjects(context, itemIndex, raw, path, label);
		const empty = emptyExpressions(context, itemIndex, raw, value);
		const named = empty.map((one) => excerpt(one)).join(', ');
		return empty.length > 0 ? [`'${label}': no value for ${named}`] : [];
	});

function refuseObjects(
	context: IExecuteFunctions,
	itemIndex: number,
	raw: string,
	path: Path,
	label: string,
): void {
	for (const [whole, inner = ''] of raw.matchAll(expressions)) {
		if (gives(context, inner, itemIndex, isObject)) {
			throw invalidParameter(
				path.replace('options.', '') as Parameter,
				`'${label}': ${excerpt(whole)} is an object, not text`,
				'Use one of its fields, e.g. {{ $json.product.name }}.',
			);
		}
	}
}

function emptyExpressions(
	context: IExecuteFunctions,
	itemIndex: number,
	raw: string,
	value: string,
): string[] {
	const came = bounded(value);
	const texts = bounded(raw.slice(1).replaceAll(expressions, EXPRESSION)).split(EXPRESSION);
	return [...raw.matchAll(expressions)].flatMap(([whole, inner = ''], n) => {
		// n8n takes long to evaluate: only one whose neighbours stand side by side is looked at again.
		const mayBeEmpty = came.includes(texts.slice(n, n + 2).join(''));
		return mayBeEmpty && gives(context, inner, itemIndex, isEmpty) ? [whole] : [];
	});
}

const isObject = (value: unknown): boolean =>
	typeof value === 'object' && String(value).includes(OBJECT);

/** In a text, n8n writes nothing for a sum without numbers, and nothing for an empty list. */
const isEmpty = (value: unknown): boolean =>
	Number.isNaN(value) || String(value ?? '').trim() === '';

function gives(
	context: IExecuteFunctions,
	expression: string,
	itemIndex: number,
	test: (value: unknown) => boolean,
): boolean {
	try {
		return test(context.evaluateExpression(`{{${expression}}}`, itemIndex));
	} catch {
		// Braces inside a string cut an expression in two; n8n has evaluated the whole text already.
		return false;
	}
}
