/** The one place where texts from outside lose what is secret in them. */

import { isRecord, textOf } from '../rules/json';
import { excerpt } from '../rules/parameters';
import type { Address } from './connection';

/** Shorter ones are no secret, and would be found in ordinary words. */
const shortestKey = 5;
/** So much of a key tells it; a service that names a key often shows its end. */
const pieceOfKey = 12;
const endOfKey = 8;

/**
 * No part of a key, nor what signs a link, nor a whole file, whoever's they are. No pattern begins
 * again inside what it has looked through: a service may send megabytes of anything.
 */
export const redactPatterns = (text: string): string =>
	text
		.replace(/\bsk-[\w*.-]+/g, 'sk-…')
		.replace(/\bbot\d{5,20}:[\w-]+/g, 'bot…')
		.replace(/\b(Bearer|Basic) [^\s"']+/gi, '$1 …')
		.replace(/(?<![\w.-])[\w.-]*\*{3,}[\w*.-]*/g, '…')
		.replace(/\bdata:([\w/+.-]{1,100});base64,[\w+/=-]*/g, 'data:$1;base64,…')
		.replace(/(\bhttps?:\/\/)[^\s/?#@"'<>]{1,500}@/gi, '$1…@')
		.replace(/\bhttps?:\/\/[^\s"'<>]+/gi, (url) => url.replace(/[?#].+$/, '?…'));

/** More of a text cannot change its beginning. */
const mostSearched = 20_000;

/** @returns the beginning of a text of the service on one line, without what is secret; undefined for what is none */
export function told(value: unknown, longest = 100): string | undefined {
	const text = textOf(value);
	return text === undefined
		? undefined
		: excerpt(redactPatterns(text.slice(0, mostSearched)), longest);
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

/**
 * After parsing, so that no secret damages the JSON, and no escape hides one. Without a reviver, which
 * takes JSON.parse ten times as long.
 * @param value of JSON
 * @returns the same with what `ofText` gives in the place of each text
 */
export function withTexts(
	value: unknown,
	ofText: (text: string) => unknown,
	ofName: (name: string) => string,
): unknown {
	if (typeof value === 'string') return ofText(value);
	if (Array.isArray(value)) return value.map((one) => withTexts(one, ofText, ofName));
	if (!isRecord(value)) return value;
	let isSame = true;
	const entries = Object.entries(value).map(([name, one]): readonly [string, unknown] => {
		const entry = [ofName(name), withTexts(one, ofText, ofName)] as const;
		isSame &&= entry[0] === name && entry[1] === one;
		return entry;
	});
	// A new object of a hundred thousand fields takes half a second.
	return isSame ? value : Object.fromEntries(entries);
}

/** @returns what a text holds, without secrets; undefined when it is no JSON, or thousands of levels deep */
export function jsonWithout(redact: (text: string) => string, text: string): unknown {
	try {
		return withTexts(JSON.parse(text), redact, redact);
	} catch {
		return undefined;
	}
}

/** @returns takes each secret, its end and every longer piece of it out of a text */
export function redactorOf(secrets: readonly string[]): (text: string) => string {
	const redactors = secrets.map(redactorOfOne);
	return (text) => redactors.reduce((plain, redact) => redact(plain), text);
}

/** Every piece of a key has so many characters of it at one of the places that are looked at. */
const probe = 4;
const step = pieceOfKey - probe + 1;

/** Takes out whatever is twelve characters or more of the key, as long as it is. */
function withoutPieces(key: string): (text: string) => string {
	const places = new Map<string, number[]>();
	for (let at = 0; at + probe <= key.length; at++) {
		const part = key.slice(at, at + probe);
		places.set(part, [...(places.get(part) ?? []), at]);
	}
	return (text) => {
		let plain = '';
		let copied = 0;
		for (let at = 0; at + probe <= text.length; at += step) {
			for (const place of places.get(text.slice(at, at + probe)) ?? []) {
				let before = 0;
				while (at - before > copied && before < place) {
					if (text[at - before - 1] !== key[place - before - 1]) break;
					before += 1;
				}
				let length = probe;
				while (place + length < key.length && text[at + length] === key[place + length])
					length += 1;
				if (before + length < pieceOfKey) continue;
				plain += `${text.slice(copied, at - before)}…`;
				copied = at + length;
				at = copied - step;
				break;
			}
		}
		return plain + text.slice(copied);
	};
}

function redactorOfOne(key: string): (text: string) => string {
	if (key.length < shortestKey) return (text) => text;
	const forms = [...new Set([key, encodeURIComponent(key), key.replaceAll('/', '\\/')])];
	const takePieces = withoutPieces(key);
	const end = key.length >= 2 * endOfKey ? key.slice(-endOfKey) : undefined;
	const shortest = Math.min(key.length, endOfKey);
	return (text) => {
		if (text.length < shortest) return text;
		let plain = text;
		for (const form of forms) plain = plain.replaceAll(form, '…');
		// Only a text of moderate length is looked through for pieces; others hold images.
		if (plain.length <= 2 ** 20) plain = takePieces(plain);
		return end === undefined ? plain : plain.replaceAll(end, '…');
	};
}
