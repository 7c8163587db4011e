/** Reads single parameter values: text, whole numbers, booleans, one of a list. */

import { invalidParameter } from '../errors';
import {
	choiceName,
	choices,
	valuesOf,
	type Choice,
	type ListParameter,
	type ValueOf,
} from './choices';
import { labels, type Parameter } from './labels';
import { ranges, unlimited, type NumberParameter } from './ranges';

/** @returns the value of a text field as text, whatever an expression returned */
export function toText(value: unknown): string {
	if (typeof value === 'string') return value;
	return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** @returns the value as text; '' for what is meant as none: a comparison's result, a sum without numbers */
export const textOrNumber = (value: unknown): string =>
	typeof value === 'string' || Number.isFinite(value) ? toText(value) : '';

/** Marks that turn the direction of what follows: a message or a file's name would read as another. */
const turns = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** @returns a text without what would change the line, or the terminal, on which it is shown */
export const oneLine = (text: string): string =>
	text.replace(turns, '').replace(/[\s\p{Cc}]+/gu, ' ');

/**
 * Every value or name in a message goes through here: an expression may return a whole file.
 * @returns its first characters on one line, with an ellipsis when there are more
 */
export function excerpt(value: string, longest = 100): string {
	const line = oneLine(value.slice(0, longest + 1));
	return (value.length > longest ? `${line.slice(0, longest)}…` : line).toWellFormed();
}

/** @returns a number as messages show it, e.g. `32,000` */
export const grouped = (value: number): string => value.toLocaleString('en-US');

/** @returns a file's size as messages show it, e.g. `1.5 MB` */
export const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;

/** @returns a text without joiners, marks of direction and other characters that nobody can see */
export const visible = (text: string): string =>
	text.replace(/\p{Default_Ignorable_Code_Point}/gu, '').trim();

export const isEmpty = (value: unknown): boolean =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** A value as messages show it. */
export const display = (value: unknown): string =>
	excerpt(toText(value).trim()) || (isEmpty(value) ? 'empty' : 'neither text nor a number');

/**
 * @returns an optional text; '' for what is empty
 * @throws invalid_parameter for what is there and no text, which must not silently count as absent
 */
export function checkText(param: Parameter, value: unknown): string {
	const isText = ['string', 'number', 'boolean'].includes(typeof value);
	if (isText || isEmpty(value)) return toText(value);
	throw invalidParameter(
		param,
		`'${labels[param]}' is ${display(value)}`,
		'Enter text. If it comes from an expression, check what it returns for this item.',
	);
}

/** @throws invalid_parameter when the text is longer than `most` characters */
export function checkLength(param: Parameter, text: string, most: number, advice: string): string {
	if (text.length <= most) return text;
	throw invalidParameter(
		param,
		`'${labels[param]}' has ${grouped(text.length)} characters`,
		`Up to ${grouped(most)} are allowed: ${advice}.`,
	);
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** @returns the number that a value is or reads as; NaN for everything else, what is empty included */
export const toNumber = (value: unknown): number => {
	const text = toText(value).trim();
	return typeof value !== 'boolean' && decimal.test(text.slice(0, 100)) ? Number(text) : NaN;
};

/** @throws invalid_parameter when it is no number from `least` to `most` */
export function numberFrom(
	param: Parameter,
	value: unknown,
	least: number,
	most: number,
	advice: string,
): number {
	const number = toNumber(value);
	if (number >= least && number <= most) return number;
	throw invalidParameter(param, `'${labels[param]}' is ${display(value)}`, advice);
}

/**
 * @param value a number, or text that reads as one (expressions often give text)
 * @throws invalid_parameter when it is not a whole number from `least` to `most`
 */
export function wholeNumber(param: Parameter, value: unknown, least: number, most: number): number {
	const number = toNumber(value);
	if (!Number.isInteger(number) || number < least || number > most) {
		const allowed =
			most === unlimited
				? `a whole number of at least ${least}`
				: least === most
					? `${least}`
					: `a whole number from ${least} to ${most}`;
		throw invalidParameter(
			param,
			`'${labels[param]}' is ${display(value)}`,
			`It must be ${allowed} here.`,
		);
	}
	return number;
}

/**
 * @param supported where less can be taken than the parameter has in general
 * @throws invalid_parameter when it is not a whole number of the parameter's range
 */
export function checkNumber(param: NumberParameter, value: unknown, supported?: number): number {
	const { least, most } = ranges[param];
	return wholeNumber(param, value, least, supported ?? most);
}

/** @returns `Low, Medium or High` */
const listed = (names: readonly string[]): string =>
	new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(names);

/** As a person would compare two spellings: case, spaces and hyphens do not count. */
const plain = (text: string): string =>
	text
		.slice(0, 100)
		.trim()
		.toLowerCase()
		.replace(/\s*\([^)]*\)$/, '')
		.replace(/[\s_-]+/g, '');

/** @returns the value that a person or a sheet means: by value, display name or another spelling */
export function findChoice<P extends ListParameter>(
	param: P,
	text: string,
): ValueOf<P> | undefined {
	const wanted = plain(text);
	const row = choices[param].find(({ value, name, ...more }: Choice) =>
		[value, name, ...(more.aliases ?? [])].some((spelling) => plain(spelling) === wanted),
	);
	return row?.value;
}

/** The values of a list that can be taken in a place, and what takes them, e.g. a model's ID. */
interface Supported<T> {
	readonly by: string;
	readonly values: readonly T[];
}

/**
 * Reads a list parameter as people write it: by value, display name or a usual spelling of it.
 * @param fallback what empty means
 * @param supported when not all values of the list can be taken
 * @throws invalid_parameter naming what is allowed, in the editor's words
 */
export function checkEnum<
	P extends ListParameter,
	F extends ValueOf<P> | undefined,
	T extends ValueOf<P> = ValueOf<P>,
>(param: P, value: unknown, fallback: F, supported?: Supported<T>): T | F {
	if (isEmpty(value)) return fallback;
	const text = toText(value);
	const found = text === '' ? undefined : findChoice(param, text);
	const values: readonly ValueOf<P>[] = supported?.values ?? valuesOf(param);
	const isSupported = (one: ValueOf<P> | undefined): one is T =>
		one !== undefined && values.includes(one);
	if (isSupported(found)) return found;
	const names = listed(values.map((one) => choiceName(param, one)));
	throw invalidParameter(
		param,
		found !== undefined
			? `${supported?.by ?? 'This node'} does not support ${labels[param]} '${choiceName(param, found)}'`
			: text === ''
				? `'${labels[param]}' is not text`
				: `'${labels[param]}' is "${excerpt(text)}", which is not a valid option`,
		values.length > 0 ? `Choose ${names}.` : 'Remove the option, or choose another model.',
	);
}

const truths = ['true', 'yes', 'on', '1'];
const falsehoods = ['false', 'no', 'off', '0'];

/**
 * @param fallback what empty means
 * @throws invalid_parameter: a switch that was meant to be on must not silently be off
 */
export function checkBoolean(param: Parameter, value: unknown, fallback: boolean): boolean {
	if (isEmpty(value)) return fallback;
	const text = toText(value).trim().toLowerCase();
	if (truths.includes(text)) return true;
	if (falsehoods.includes(text)) return false;
	throw invalidParameter(
		param,
		`'${labels[param]}' is ${toText(value) === '' ? 'not a boolean' : `"${display(value)}"`}`,
		'Use true or false.',
	);
}
