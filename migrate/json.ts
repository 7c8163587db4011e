/** Reading of JSON that somebody else wrote: nothing about its shape is certain. */

import type { Fields } from '../core/rules/json';

/** Of a node; connections and expressions know it by this. */
export const nameOf = (node: Fields): string => String(node.name ?? '');

/** n8n marks a parameter that is an expression by its first character. */
export const isExpression = (value: unknown): value is string =>
	typeof value === 'string' && value.startsWith('=');

/** Every text in a value, with the path to it. */
export function textsIn(value: unknown, path = ''): Array<{ path: string; text: string }> {
	if (typeof value === 'string') return [{ path, text: value }];
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, inner]) =>
		textsIn(inner, path === '' ? key : `${path}.${key}`),
	);
}
