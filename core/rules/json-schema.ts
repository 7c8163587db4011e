/** Checks JSON against a schema: the few words of JSON Schema that this package's own schemas use. */

import { entryOf, isRecord } from './json';
import { excerpt } from './parameters';

export type JsonSchema =
	| { readonly type: 'string'; readonly pattern?: string; readonly enum?: readonly string[] }
	| { readonly type: 'number' | 'integer'; readonly minimum: number; readonly maximum?: number }
	| { readonly type: 'boolean' }
	| { readonly type: 'array'; readonly items: JsonSchema }
	| {
			readonly type: 'object';
			readonly properties: Readonly<Record<string, JsonSchema & { readonly description?: string }>>;
			readonly required: readonly string[];
			readonly additionalProperties: false;
	  };

/** @returns what is wrong, e.g. `"qualites" is an unknown key`; undefined when nothing is */
export function schemaProblem(
	schema: JsonSchema,
	value: unknown,
	name: string,
): string | undefined {
	const shown = excerpt(JSON.stringify(value) ?? 'nothing', 60);
	switch (schema.type) {
		case 'string': {
			if (typeof value !== 'string') return `${name} is ${shown}, not text`;
			if (schema.enum && !schema.enum.includes(value)) {
				return `${name} is ${shown}, not one of ${schema.enum.join(', ')}`;
			}
			const isWrong = schema.pattern !== undefined && !new RegExp(schema.pattern).test(value);
			return isWrong
				? `${name} is ${shown}, which is not of the form ${schema.pattern}`
				: undefined;
		}
		case 'number':
		case 'integer': {
			const isNumber =
				typeof value === 'number' &&
				value >= schema.minimum &&
				value <= (schema.maximum ?? Number.MAX_SAFE_INTEGER) &&
				(schema.type === 'number' || Number.isInteger(value));
			const upTo = schema.maximum === undefined ? 'or more' : `to ${schema.maximum}`;
			return isNumber
				? undefined
				: `${name} is ${shown}, not a number of ${schema.minimum} ${upTo}`;
		}
		case 'boolean':
			return typeof value === 'boolean' ? undefined : `${name} is ${shown}, not true or false`;
		case 'array': {
			if (!Array.isArray(value)) return `${name} is ${shown}, not a list`;
			return value
				.map((one, index) => schemaProblem(schema.items, one, `${name}[${index}]`))
				.find((problem) => problem !== undefined);
		}
		case 'object': {
			if (!isRecord(value)) return `${name} is ${shown}, not an object`;
			const missing = schema.required.find((key) => !Object.hasOwn(value, key));
			if (missing !== undefined) return `"${missing}" is missing`;
			return Object.keys(value)
				.map((key) => {
					const known = entryOf(schema.properties, key);
					return known
						? schemaProblem(known, value[key], `"${key}"`)
						: `"${excerpt(key)}" is an unknown key`;
				})
				.find((problem) => problem !== undefined);
		}
	}
}
