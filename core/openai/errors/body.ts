/**
 * Reads the body of an error, whichever service sent it: OpenAI `{error: {message, type, param,
 * code}}`, Azure with `innererror`, OpenRouter with `metadata`, Cloudflare `{errors: [{code,
 * message}]}`, FastAPI `{detail}`, LiteLLM's texts with another body inside, plain text, HTML.
 */

import { serviceCode, type ErrorCode } from '../../errors';
import { isRecord, jsonOf, listOf, textOf, type Fields } from '../../rules/json';
import { oneLine } from '../../rules/parameters';
import { redactPatterns } from '../redact';
import { boundedWait, waitSaid } from './retry-after';

export interface ErrorBody {
	/** What the service says, as one line of plain text for people; undefined when it says nothing. */
	readonly reason: string | undefined;
	/** All that it says, bounded, to look for known words in. */
	readonly text: string;
	/** All codes and types, in lower case, outermost first. */
	readonly codes: readonly string[];
	/** The first code that is a word, as it was written. */
	readonly code: ErrorCode | undefined;
	readonly type: string | undefined;
	readonly param: string | undefined;
	readonly status: number | undefined;
	/** How long to wait, in milliseconds. */
	readonly waitMs: number | undefined;
	/** Why content was blocked, as far as the service tells. */
	readonly categories: readonly string[];
	readonly stage: string | undefined;
	/** A web page, or no words at all. */
	readonly isPage: boolean;
}

const mostRead = 20_000;
const mostMatched = 4_000;
const mostSaid = 400;
/** Relays put bodies into the messages of bodies; each of those is some levels. */
const mostDepth = 12;
const mostOfList = 8;

class Collected {
	code: ErrorCode | undefined;
	type: string | undefined;
	readonly texts: string[] = [];
	readonly codes: string[] = [];
	readonly params: string[] = [];
	readonly categories: string[] = [];
	readonly waits: number[] = [];
	stage: string | undefined;
	isPage = false;
}

const messageKeys = ['message', 'detail', 'msg', 'error_message', 'error_description', 'title'];
const codeKeys = ['code', 'error_code', 'error_type', 'provider_code', 'status', 'statusCode'];
const nestedKeys = ['error', 'errors', 'innererror', 'inner_error', 'metadata', 'raw', 'response'];
const waitKeys: Readonly<Record<string, number>> = {
	retry_after_ms: 1,
	retry_after: 1_000,
	retryAfter: 1_000,
	retry_after_seconds: 1_000,
	retryDelay: 1_000,
};

const markup = /<(?:!doctype|\?xml|html|head|body|center|title|h1|pre|error)\b/i;

/** Elements that are no words, comments, and tags; the last one may be cut off. */
const tags = /<(script|style)\b[^>]*>.*?<\/\1\s*>|<!--.*?-->|<(?:\/?[a-z]|[!?])[^<>]*(?:>|$)/gis;

/** Words around a page, and the page's title; of other markup the words between the tags. */
function withoutMarkup(text: string): string {
	const from = text.search(markup);
	if (from < 0) return text.replace(tags, ' ');
	const title = /<title\b[^<>]{0,200}>([^<]{0,200})/i.exec(text)?.[1] ?? '';
	const before = text.slice(0, from).replace(/[\s:,'"({[-]{1,20}$/, '');
	return [before, title.trim()].filter((part) => part !== '').join(': ');
}

function collectText(whole: string, found: Collected, depth: number): void {
	const text = whole.slice(0, mostRead);
	const json = whole.length <= mostRead && /^\s{0,20}[[{]/.test(text) ? jsonOf(text) : undefined;
	if (isRecord(json) || Array.isArray(json)) {
		collect(json, found, depth + 1);
		return;
	}
	// A service's own message may have a tag in it.
	if (markup.test(text) || (depth === 0 && /^\s*<[a-z]/i.test(text))) found.isPage = true;
	const plain = oneLine(withoutMarkup(text)).trim();
	if (plain !== '') found.texts.push(plain);
}

const words = (value: unknown): string[] =>
	listOf(value)
		.slice(0, 16)
		.filter((one): one is string => typeof one === 'string' && one.length <= 60);

/** Azure's categories: those of `{hate: {filtered: true}}`. */
const filtered = (value: unknown): string[] =>
	isRecord(value)
		? Object.entries(value)
				.slice(0, 16)
				.flatMap(([name, result]) =>
					isRecord(result) && (result.filtered === true || result.detected === true) ? [name] : [],
				)
		: [];

/** @returns undefined for what names nothing, as LiteLLM's `"code": "None"` */
function nameOf(value: unknown): string | undefined {
	if (typeof value === 'number') return String(value);
	const isName =
		typeof value === 'string' && /^[\w.-]{1,80}$/.test(value) && redactPatterns(value) === value;
	return isName && !/^(?:none|null|undefined)$/i.test(value) ? value : undefined;
}

function collectCodes(fields: Fields, found: Collected): void {
	const names = codeKeys.flatMap((key) => nameOf(fields[key]) ?? []);
	found.codes.push(...names);
	const own = nameOf(fields.code) ?? nameOf(fields.error_code);
	if (own !== undefined && /[a-z]/i.test(own)) found.code ??= serviceCode(own);
	// The type of an event is none of an error.
	const type = nameOf(fields.type);
	if (type !== undefined && !/^(?:error|response\..*)$/.test(type)) {
		found.codes.push(type);
		found.type ??= type;
	}
	const param = textOf(fields.param) ?? textOf(Array.isArray(fields.loc) && fields.loc.at(-1));
	if (param !== undefined) found.params.push(param.slice(0, 100));
}

function collectWaits(fields: Fields, found: Collected): void {
	for (const [key, unit] of Object.entries(waitKeys)) {
		const wait = fields[key];
		if (typeof wait === 'number' && wait >= 0) found.waits.push(boundedWait(wait * unit));
		const said = typeof wait === 'string' ? waitSaid(`wait ${wait.slice(0, 40)}`) : undefined;
		if (said !== undefined) found.waits.push(said);
	}
}

function collectBlocked(fields: Fields, found: Collected): void {
	const { moderation_details: details, content_filter_result, content_filter_results } = fields;
	if (isRecord(details)) {
		found.categories.push(...words(details.categories));
		const stage = details.moderation_stage;
		if (typeof stage === 'string') found.stage ??= stage.slice(0, 60);
	}
	found.categories.push(...words(fields.reasons));
	found.categories.push(...filtered(content_filter_result), ...filtered(content_filter_results));
	if (typeof fields.flagged_input === 'string') found.stage ??= 'input';
}

function collect(value: unknown, found: Collected, depth: number): void {
	if (depth > mostDepth) return;
	if (typeof value === 'string') collectText(value, found, depth);
	else if (Array.isArray(value)) {
		for (const one of value.slice(0, mostOfList)) collect(one, found, depth + 1);
	} else if (isRecord(value)) {
		collectCodes(value, found);
		collectWaits(value, found);
		collectBlocked(value, found);
		for (const key of [...messageKeys, ...nestedKeys]) collect(value[key], found, depth + 1);
	}
}

/** LiteLLM puts the names of its classes before what the service said. */
const withoutPrefix = (text: string): string =>
	text.replace(/^(?:litellm\.)?\w{1,60}(?:Error|Exception)(?::| -) {1,3}/, '');

function sentence(text: string): string {
	let plain = redactPatterns(text.slice(0, mostMatched));
	for (let round = 0; round < 4; round++) plain = withoutPrefix(plain);
	const isLong = plain.length > mostSaid;
	return isLong ? `${plain.slice(0, mostSaid).trim()}…` : plain.replace(/\.{1,9}$/, '');
}

/** Says no more than the status does. */
const saysNothing =
	/^(?:error|forbidden|not found|bad request|unauthorized|internal server error|provider returned error|upstream error|unknown error|failure)\W{0,2}$/i;

const isStatus = (code: string): boolean => /^[45]\d\d$/.test(code);

/**
 * @param value JSON or text, of any shape
 * @returns what it says, bounded, without secrets and without markup
 */
export function readErrorBody(value: unknown): ErrorBody {
	const found = new Collected();
	collect(value, found, 0);
	const { texts, codes, code, type, stage } = found;
	const text = texts.join(' ').slice(0, mostMatched);
	const said = texts.find((one) => !saysNothing.test(one)) ?? texts[0];
	const status = codes.find(isStatus);
	return {
		reason: said === undefined ? undefined : sentence(said),
		text,
		codes: codes.map((one) => one.toLowerCase()),
		code,
		type,
		param: found.params[0] === undefined ? undefined : redactPatterns(found.params[0]),
		status: status === undefined ? undefined : Number(status),
		waitMs: found.waits[0] ?? waitSaid(text),
		categories: [...new Set(found.categories.map(redactPatterns))],
		stage,
		isPage: found.isPage || texts.length === 0,
	};
}
