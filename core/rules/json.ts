/** Safe access to unknown values: the API's JSON, files, caught errors. */

export type Fields = Readonly<Record<string, unknown>>;

/** @returns whether it is an object with named fields: no list, and no bytes, each of which would be a field */
export const isRecord = (value: unknown): value is Fields =>
	typeof value === 'object' &&
	value !== null &&
	!Array.isArray(value) &&
	!ArrayBuffer.isView(value);

/** @returns the object, or one without fields */
export const fieldsOf = (value: unknown): Fields => (isRecord(value) ? value : {});

/** @returns the list, or one without items */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** @returns the text; undefined when it is none, or empty */
export const textOf = (value: unknown): string | undefined =>
	typeof value === 'string' && value !== '' ? value : undefined;

/** @returns what the text holds; undefined when it is no JSON */
export function jsonOf(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** @returns the table's own entry: `constructor` and the like are names that every object has */
export const entryOf = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
	Object.hasOwn(table, name) ? table[name] : undefined;
