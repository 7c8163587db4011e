import { invalidRequest, invalidValue, missingParameter, unknownParameter } from './errors';

/**
 * Reads the parameters of one request body with the API's own refusals. Null counts as absent.
 * Form fields arrive as text: with `form` set, numbers and booleans are read from text.
 */
export class Params {
	constructor(
		private readonly raw: Readonly<Record<string, unknown>>,
		private readonly form = false,
	) {}

	allowOnly(names: readonly string[]): void {
		for (const name of Object.keys(this.raw)) {
			if (!names.includes(name)) throw unknownParameter(name);
		}
	}

	has(name: string): boolean {
		return this.raw[name] !== undefined && this.raw[name] !== null;
	}

	text(name: string, length?: { min: number; max: number }): string | undefined {
		if (!this.has(name)) return undefined;
		const value = this.raw[name];
		if (typeof value !== 'string') throw wrongType(name, 'a string', value);
		const size = [...value].length;
		if (length && size < length.min) {
			throw invalidRequest(
				`Invalid '${name}': empty string. Expected a string with minimum length ${length.min}, ` +
					'but got an empty string instead.',
				name,
				'empty_string',
			);
		}
		if (length && size > length.max) {
			throw invalidRequest(
				`Invalid '${name}': string too long. Expected a string with maximum length ` +
					`${length.max}, but got a string with length ${size} instead.`,
				name,
				'string_above_max_length',
			);
		}
		return value;
	}

	requiredText(name: string, length?: { min: number; max: number }): string {
		const value = this.text(name, length);
		if (value === undefined) throw missingParameter(name);
		return value;
	}

	choice(name: string, allowed: readonly string[]): string | undefined {
		const value = this.text(name);
		if (value !== undefined && !allowed.includes(value)) throw invalidValue(name, value, allowed);
		return value;
	}

	integer(name: string, min: number, max: number): number | undefined {
		if (!this.has(name)) return undefined;
		const sent = this.raw[name];
		const value =
			this.form && typeof sent === 'string' && /^-?\d+(\.\d+)?$/.test(sent) ? Number(sent) : sent;
		if (typeof value !== 'number' || !Number.isInteger(value)) {
			throw wrongType(name, 'an integer', value);
		}
		if (value < min) {
			throw invalidRequest(
				`Invalid '${name}': integer below minimum value. Expected a value >= ${min}, but got ` +
					`${value} instead.`,
				name,
				'integer_below_min_value',
			);
		}
		if (value > max) {
			throw invalidRequest(
				`Invalid '${name}': integer above maximum value. Expected a value <= ${max}, but got ` +
					`${value} instead.`,
				name,
				'integer_above_max_value',
			);
		}
		return value;
	}

	flag(name: string): boolean {
		if (!this.has(name)) return false;
		const sent = this.raw[name];
		const value = this.form && (sent === 'true' || sent === 'false') ? sent === 'true' : sent;
		if (typeof value !== 'boolean') throw wrongType(name, 'a boolean', value);
		return value;
	}

	object(name: string): Record<string, unknown> | undefined {
		if (!this.has(name)) return undefined;
		const value = this.raw[name];
		if (!isRecord(value)) throw wrongType(name, 'an object', value);
		return value;
	}

	list(name: string): unknown[] | undefined {
		if (!this.has(name)) return undefined;
		const value = this.raw[name];
		if (!Array.isArray(value)) throw wrongType(name, 'an array', value);
		return value;
	}
}

export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function wrongType(name: string, expected: string, value: unknown) {
	return invalidRequest(
		`Invalid type for '${name}': expected ${expected}, but got ${typeName(value)} instead.`,
		name,
		'invalid_type',
	);
}

function typeName(value: unknown): string {
	if (value === null) return 'null';
	if (Array.isArray(value)) return 'an array';
	if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal number';
	return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
