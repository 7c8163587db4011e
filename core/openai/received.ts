/**
 * What is in the values of an answer: images, addresses of images, jobs, reasons. The shapes are
 * those of OpenAI and of the gateways in front of it; a value of no known shape is looked through.
 */

import { hash } from 'node:crypto';
import { fieldsOf, isRecord, listOf, textOf, type Fields } from '../rules/json';
import { imageInText } from './base64';
import { formatOf } from '../rules/image-format';

/** Deeper, and beyond so many values, nobody puts an image. */
const DEEPEST = 20;
const MOST_VALUES = 10_000;
/** Longer ones are no address that anybody could use. */
const LONGEST_URL = 8192;
const LONGEST_ID = 200;
const LONGEST_TEXT = 100_000;
/** `transparent` is the longest. */
const LONGEST_SETTING = 40;
/** Gateways write their own model and key into an ID of OpenAI's, as base64. */
const LONGEST_NAME = 1_000;
const MOST_NAMED = 10;

interface Leaf {
	/** The name under which it stands, or under which its list stands. */
	readonly key: string;
	readonly value: string | number | Buffer;
	readonly parent: Fields;
}

/** Texts, numbers and bytes in a value, in order, `b64_json` before what stands beside it. */
function leavesOf(root: unknown): Leaf[] {
	const leaves: Leaf[] = [];
	let seen = 0;
	const walk = (value: unknown, key: string, parent: Fields, depth: number): void => {
		seen += 1;
		if (depth > DEEPEST || seen > MOST_VALUES) return;
		if (typeof value === 'string' || typeof value === 'number' || value instanceof Buffer)
			leaves.push({ key, value, parent });
		else if (Array.isArray(value)) {
			for (const one of value) {
				if (seen > MOST_VALUES) return;
				walk(one, key, parent, depth + 1);
			}
		} else if (isRecord(value)) {
			if (value.b64_json !== undefined) walk(value.b64_json, 'b64_json', value, depth + 1);
			// A copy of all fields without one takes a second for a hundred thousand.
			for (const name of Object.keys(value)) {
				if (seen > MOST_VALUES) return;
				if (name !== 'b64_json') walk(value[name], name, value, depth + 1);
			}
		}
	};
	walk(root, '', {}, 0);
	return leaves;
}

const upTo = (longest: number, value: unknown): string | undefined => {
	const text = textOf(value);
	return text !== undefined && text.length <= longest ? text : undefined;
};

/** @returns what a setting was resolved to; undefined for what is too long to be one */
export const settingIn = (value: unknown): string | undefined => upTo(LONGEST_SETTING, value);

/** @returns an ID or a model as the answer names it; undefined for what is too long: cut, it names nothing */
export const nameIn = (value: unknown): string | undefined => upTo(LONGEST_NAME, value);

/** @returns the image that a value of an answer is, if it is one */
export function imageOf(value: unknown): Buffer | undefined {
	if (value instanceof Buffer) return formatOf(value) && value;
	return typeof value === 'string' ? imageInText(value) : undefined;
}

const firstImage = (value: unknown): Buffer | undefined => {
	for (const leaf of leavesOf(value)) {
		const image = imageOf(leaf.value);
		if (image) return image;
	}
	return undefined;
};

/** By digest: ten thousand small images, each compared with each, would block n8n for seconds. */
function distinct(images: readonly Buffer[]): readonly Buffer[] {
	if (images.length < 2) return images;
	return [...new Map(images.map((image) => [hash('sha256', image), image])).values()];
}

/**
 * @returns images in order, at most one of each entry of a list `data`; and the entries, or the whole
 *   value, that hold none
 */
export function imagesIn(value: unknown): {
	readonly images: readonly Buffer[];
	readonly rest: readonly unknown[];
} {
	const { data } = fieldsOf(value);
	const entries = Array.isArray(data) ? data : Array.isArray(value) ? value : undefined;
	if (entries) {
		const found = entries.map((entry: unknown) => ({ entry, image: firstImage(entry) }));
		const images = found.flatMap(({ image }) => image ?? []);
		if (images.length > 0) {
			return { images, rest: found.flatMap(({ entry, image }) => (image ? [] : [entry])) };
		}
	}
	const images = distinct(leavesOf(value).flatMap((leaf) => imageOf(leaf.value) ?? []));
	return { images, rest: images.length > 0 ? [] : [value] };
}

const isImageField = /^(?:b64_json|result)$/;

/** Whether base64 came that was no image, or was damaged. */
export const hasBrokenImage = (values: readonly unknown[]): boolean =>
	values
		.flatMap(leavesOf)
		.some(({ key, value }) =>
			typeof value === 'string'
				? isImageField.test(key) && value !== '' && !/^https?:/.test(value)
				: value instanceof Buffer,
		);

const isState = /^(?:(?:task|job)_?)?(?:status|state)$/i;
const pending =
	/^(?:submitted|queued|pending|processing|running|start(?:ing|ed)|created|accepted|waiting|scheduled|not(?:started|running)|in(?:progress|queue|process))$/i;
const finished = /^(?:succe(?:ss|ed|eded)|completed?|done|finished|ready)$/i;

const jobName = /^(?:task|job|prediction|operation|generation)_?(?:id|uuid)$/i;

/**
 * @returns IDs of jobs: named as such, or the ID of something that is not finished; none of jobs that
 *   have ended and left an address
 */
export function jobsIn(values: readonly unknown[], urls: readonly string[]): string[] {
	const jobs = new Set<string>();
	const leaves = values.flatMap(leavesOf);
	const those = (states: RegExp): ReadonlySet<Fields> =>
		new Set(
			leaves.flatMap(({ key, value, parent }) =>
				isState.test(key) && states.test(String(value).replace(/[\s_-]/g, '')) ? [parent] : [],
			),
		);
	const open = those(pending);
	if (urls.length > 0 && open.size === 0 && those(finished).size > 0) return [];
	for (const { key, value, parent } of leaves) {
		const id = value instanceof Buffer ? '' : String(value);
		if (id === '' || id.length > LONGEST_ID) continue;
		if (jobName.test(key) || (/^(?:request_?)?id$/i.test(key) && open.has(parent))) jobs.add(id);
	}
	return [...jobs].slice(0, MOST_NAMED);
}

const urlKey = /url|uri|image|link|result|output|data|b64_json|file|src/i;

/**
 * @param base the address of the service, for addresses without a host
 * @returns addresses of images, whole: those that stand under such a name, else those in texts
 */
export function urlsIn(values: readonly unknown[], base: string): string[] {
	const named = new Set<string>();
	const others = new Set<string>();
	for (const { key, value } of values.flatMap(leavesOf)) {
		if (typeof value !== 'string') continue;
		const text = value.length > LONGEST_TEXT ? value.slice(0, LONGEST_TEXT) : value.trim();
		if (named.size + others.size >= 10 * MOST_NAMED) break;
		if (/^https?:\/\/\S+$/i.test(text) && text.length <= LONGEST_URL) {
			(key === '' || urlKey.test(key) ? named : others).add(text);
		} else if (
			/^\/\S+$/.test(text) &&
			/^(?:image_?)?ur[li]$/i.test(key) &&
			URL.canParse(text, base)
		) {
			named.add(new URL(text, base).href);
		} else {
			for (const [url] of text.matchAll(/https?:\/\/[^\s"'<>\\)\]]{1,8192}/gi)) others.add(url);
		}
	}
	return [...(named.size > 0 ? named : others)].slice(0, MOST_NAMED);
}

/** The reason in an answer that is a failure; undefined when it is none. */
export function errorIn(value: unknown, event: string): Fields | undefined {
	const doc = fieldsOf(value);
	const [first] = listOf(doc.errors);
	const given = [doc.error, first].find((one) => isRecord(one) || textOf(one) !== undefined);
	const isError = event === 'error' || doc.type === 'error';
	if (given === undefined && !isError) return undefined;
	if (isRecord(given)) return given;
	if (given !== undefined) return { message: given };
	return isRecord(value) ? { ...value, type: undefined } : { message: textOf(value) };
}

/** The words of an answer that has nothing else: a gateway's reason, or what a chat model said. */
export function wordsIn(values: readonly unknown[]): string | undefined {
	for (const { key, value } of values.flatMap(leavesOf)) {
		if (typeof value !== 'string' || value.trim() === '') continue;
		if (/^(?:message|msg|detail|content|text|refusal|reason)$/.test(key)) {
			return value.slice(0, 2000).trim().slice(0, 1000);
		}
	}
	return undefined;
}

/** @returns what kind of content a complete answer is, never the content itself */
export function kindOfAnswer(values: readonly unknown[]): string {
	const [first] = values;
	if (first === undefined) return 'empty';
	if (typeof first !== 'string') {
		if (first instanceof Buffer) return 'data of an unknown type';
		if (!isRecord(first)) return 'a JSON value';
		const names = Object.keys(first).filter((name) => /^[\w.-]{1,40}$/.test(name));
		const more = names.length > MOST_NAMED ? ', …' : '';
		return `a JSON object with the fields ${names.slice(0, MOST_NAMED).join(', ') || '(none)'}${more}`;
	}
	if (/^(?:<!--|<(?:!doctype html|html|head|body))/i.test(first.trimStart().slice(0, 100))) {
		return 'a web page';
	}
	return /[\0-\x08\x0e-\x1f\ufffd]/.test(first.slice(0, 1000)) ? 'binary data' : 'a text';
}
