/** The one place where texts from outside lose what is secret in them. */

import { isRecord, textOf } from '../rules/json';
import { excerpt } from '../rules/parameters';
import type { Address } from './connection';

/** Shorter ones are no secret, and would be found in ordinary words. */
const shortestKey = 5;
/** So much of a key tells it; a service that names a key often shows its end. */
const pieceOfKey = 12;
const endOfKey = 8;

/** No part of a key, nor what signs a link, nor a whole file, whoever's they are. */
export const redactPatterns = (text: string): string =>
	text
		.replace(/\bsk-[\w*.-]+/g, 'sk-…')
		.replace(/\bbot\d{5,20}:[\w-]+/g, 'bot…')
		.replace(/\b(Bearer|Basic) [^\s"']+/gi, '$1 …')
		.replace(/[\w.-]{0,40}\*{3,}[\w*.-]{0,40}/g, '…')
		.replace(/\bdata:([\w/+.-]{1,100});base64,[\w+/=-]*/g, 'data:$1;base64,…')
		.replace(/(\bhttps?:\/\/)[^\s/?#@"'<>]{1,500}@/gi, '$1…@')
		.replace(/(\bhttps?:\/\/[^\s?#"'<>]{1,2000})[?#][^\s"'<>]+/gi, '$1?…');

/** @returns a text of the service on one line, without what is secret; undefined for what is none */
export function told(value: unknown, longest = 100): string | undefined {
	const text = textOf(value);
	return text === undefined ? undefined : excerpt(redactPatterns(text), longest);
}

/** Headers of these names authenticate, whatever they hold. */
const secretName =
	/(?:^|[-_.])(?:auth\w*|(?:api|access)?keys?|\w*tokens?|secrets?|pass\w*|credentials?|cookies?|signature|jwt)(?=$|[-_.])/;

/** Other headers switch something, or name a model, a user, a site: words that answers have, too. */
const isSecret = (name: string, value: string): boolean =>
	secretName.test(name) ||
	value
		.split(/[^a-z\d]+/i)
		.some((part) => part.length >= 20 || /^(?=.*\d)(?=.*[a-z]).{8}/i.test(part));

/** @returns what is secret of a credential: its key, and what its headers authenticate with */
export const secretsOf = ({ apiKey, headers = {} }: Address): string[] => [
	apiKey,
	...Object.entries(headers)
		.filter(([name, value]) => isSecret(name, value))
		.map(([, value]) => value.replace(/^(?:Bearer|Basic) +/i, '')),
];

/** For JSON.parse: texts and names lose secrets after parsing, so that no secret damages the JSON. */
export const redacting =
	(redact: (text: string) => string) =>
	(_name: string, value: unknown): unknown => {
		if (typeof value === 'string') return redact(value);
		if (!isRecord(value) || Object.keys(value).every((name) => redact(name) === name)) return value;
		return Object.fromEntries(Object.entries(value).map(([name, one]) => [redact(name), one]));
	};

/** @returns takes each secret, its end and every longer piece of it out of a text */
export function redactorOf(secrets: readonly string[]): (text: string) => string {
	const redactors = secrets.map(redactorOfOne);
	return (text) => redactors.reduce((plain, redact) => redact(plain), text);
}

function redactorOfOne(key: string): (text: string) => string {
	if (key.length < shortestKey) return (text) => text;
	const forms = [...new Set([key, encodeURIComponent(key), key.replaceAll('/', '\\/')])];
	const pieces = new Set<string>();
	for (let at = 0; at + pieceOfKey <= key.length; at++) pieces.add(key.slice(at, at + pieceOfKey));
	const end = key.length >= 2 * endOfKey ? key.slice(-endOfKey) : undefined;
	const shortest = Math.min(key.length, endOfKey);
	return (text) => {
		if (text.length < shortest) return text;
		let plain = text;
		for (const form of forms) plain = plain.replaceAll(form, '…');
		// Only a text of moderate length is looked through for pieces; others hold images.
		if (plain.length <= 2 ** 20 && key.length <= 400) {
			for (const piece of pieces) plain = plain.replaceAll(piece, '…');
		}
		return end === undefined ? plain : plain.replaceAll(end, '…');
	};
}
