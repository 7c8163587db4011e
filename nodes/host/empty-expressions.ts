/** Finds expressions in a text that gave nothing: `Photo of {{ $json.product }}` without that field. */

import type { IExecuteFunctions } from 'n8n-workflow';

const expressions = /\{\{([\s\S]+?)\}\}/g;
/** Characters that no prompt has. */
const [EXPRESSION, END] = ['\0', '\u0001'];

const bounded = (text: string): string => `${END}${text.replaceAll(/\s+/g, '')}${END}`;

/**
 * @param value of the parameter for the item
 * @returns the expressions of a parameter that have no value for the item, as the user wrote them;
 *   none for an expression that is the whole text, because the text is then empty and refused
 */
export function emptyExpressions(
	context: IExecuteFunctions,
	parameter: string,
	itemIndex: number,
	value: unknown,
): string[] {
	const raw: unknown = context.getNodeParameter(parameter, itemIndex, '', { rawExpressions: true });
	if (typeof raw !== 'string' || !raw.startsWith('=') || typeof value !== 'string') return [];
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
