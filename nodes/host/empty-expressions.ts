/** Finds expressions in a text that gave nothing: `Photo of {{ $json.product }}` without that field. */

import type { IExecuteFunctions } from 'n8n-workflow';
import { excerpt } from '../../core/rules/parameters';

const expressions = /\{\{([\s\S]+?)\}\}/g;
/** Characters that no prompt has. */
const [EXPRESSION, END] = ['\0', '\u0001'];

const bounded = (text: string): string => `${END}${text.replaceAll(/\s+/g, '')}${END}`;

/**
 * @param texts path, label and value for the item
 * @returns a warning for each that has expressions without a value; none for an expression that is the
 *   whole text, because the text is then empty
 */
export const missingValues = (
	context: IExecuteFunctions,
	itemIndex: number,
	texts: ReadonlyArray<readonly [path: string, label: string, value: unknown]>,
): string[] =>
	texts.flatMap(([path, label, value]) => {
		if (typeof value !== 'string' || value === '') return [];
		const empty = emptyExpressions(context, path, itemIndex, value);
		const named = empty.map((one) => excerpt(one)).join(', ');
		return empty.length > 0 ? [`'${label}': no value for ${named}`] : [];
	});

function emptyExpressions(
	context: IExecuteFunctions,
	path: string,
	itemIndex: number,
	value: string,
): string[] {
	const raw: unknown = context.getNodeParameter(path, itemIndex, '', { rawExpressions: true });
	if (typeof raw !== 'string' || !raw.startsWith('=')) return [];
	const came = bounded(value);
	const texts = bounded(raw.slice(1).replaceAll(expressions, EXPRESSION)).split(EXPRESSION);
	return [...raw.matchAll(expressions)].flatMap(([whole, inner = ''], n) => {
		// n8n takes long to evaluate: only one whose neighbours stand side by side is looked at again.
		const mayBeEmpty = came.includes(texts.slice(n, n + 2).join(''));
		return mayBeEmpty && isEmpty(context, inner, itemIndex) ? [whole] : [];
	});
}

function isEmpty(context: IExecuteFunctions, expression: string, itemIndex: number): boolean {
	try {
		const value: unknown = context.evaluateExpression(`{{${expression}}}`, itemIndex);
		return value === undefined || value === null || (typeof value === 'string' && !value.trim());
	} catch {
		// Braces inside a string cut an expression in two; n8n has evaluated the whole text already.
		return false;
	}
}
