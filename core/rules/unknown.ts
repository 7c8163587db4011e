/** First looks into what came from outside: the API's JSON, files, what others threw. */

export type Fields = Readonly<Record<string, unknown>>;

/** @returns whether it is an object with named fields, not a list */
export const isRecord = (value: unknown): value is Fields =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns the object, or one without fields */
export const fieldsOf = (value: unknown): Fields => (isRecord(value) ? value : {});

/** @returns the text; undefined when it is none, or empty */
export const textOf = (value: unknown): string | undefined =>
	typeof value === 'string' && value !== '' ? value : undefined;
