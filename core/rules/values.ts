import { invalidParameter } from '../errors';
import { labels, type Parameter } from './labels';

/** What an expression may have put into a text field, as text. */
export function text(value: unknown): string {
	if (typeof value === 'string') return value;
	return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

const shown = (value: unknown): string => text(value) || 'empty';

/**
 * @param value a number, or text that reads as one (expressions often give text)
 * @returns the whole number
 * @throws invalid_parameter when it is not a whole number from `least` to `most`
 */
export function wholeNumber(param: Parameter, value: unknown, least: number, most: number): number {
	const isText = typeof value === 'string' && value.trim() !== '';
	const number = typeof value === 'number' || isText ? Number(value) : NaN;
	if (!Number.isInteger(number) || number < least || number > most) {
		const allowed =
			most === Number.MAX_SAFE_INTEGER
				? `a whole number of at least ${least}`
				: least === most
					? `${least}`
					: `a whole number from ${least} to ${most}`;
		throw invalidParameter(
			param,
			`'${labels[param]}' is ${shown(value)}`,
			`It must be ${allowed} here.`,
		);
	}
	return number;
}

/**
 * @param allowed the values that the model can take; none means that it cannot take the parameter
 * @param model named in the message
 * @returns the value, as one of the allowed ones
 * @throws invalid_parameter naming the parameter and what is allowed
 */
export function oneOf<T extends string>(
	param: Parameter,
	value: unknown,
	allowed: readonly T[],
	model: string,
): T {
	const found = allowed.find((item) => item === value);
	if (found === undefined) {
		throw invalidParameter(
			param,
			`'${labels[param]}' is ${shown(value)}, which ${model} does not take`,
			allowed.length > 0
				? `Use ${allowed.join(', ')}.`
				: `Remove the option, or choose another model in '${labels.model}'.`,
		);
	}
	return found;
}
