/** Where the service of a credential is, and how it is asked. */

import { invalidParameter, type GptImageError } from '../errors';
import { fieldsOf, listOf, type Fields } from '../rules/json';
import { labels } from '../rules/labels';
import { checkEnum, toText } from '../rules/parameters';

export interface Address {
	readonly apiKey: string;
	readonly organizationId?: string;
	readonly projectId?: string;
	/** With scheme, e.g. `https://api.openai.com/v1`. */
	readonly baseUrl: string;
	/** Set for Azure OpenAI, which takes the key in a header of its own. */
	readonly azure?: { readonly apiVersion: string | undefined };
	/** Sent with every request, e.g. for a gateway. Those that authenticate are secrets, see redact.ts. */
	readonly headers?: Readonly<Record<string, string>>;
}

/** What is sent: everything has been decided by then. */
interface Sent {
	readonly method: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: Buffer;
	readonly signal: AbortSignal;
}
/** @throws GptImageError where surely nothing was sent; what fails otherwise may be billed */
export type Fetch = (url: URL, sent: Sent) => Promise<Response>;

/** `fetch` is given from outside, so that the host decides how calls leave. */
export interface Connection extends Address {
	readonly fetch: Fetch;
}

export const defaultBaseUrl = 'https://api.openai.com/v1';
export const azureExample = 'https://RESOURCE.openai.azure.com/openai/v1';

/** Whether a Base URL is OpenAI's own, for the world or for one region (`eu.api.openai.com`). */
export function isOpenAI(baseUrl: string): boolean {
	const { hostname } = URL.parse(baseUrl.trim() || defaultBaseUrl) ?? {};
	return hostname === 'api.openai.com' || hostname?.endsWith('.api.openai.com') === true;
}

/** The endpoints that documentation shows with their whole address. */
const endpoint =
	/\/(?:images\/(?:generations|edits|variations)|responses|(?:chat\/)?completions|moderations)\/*$/i;

const longestBaseUrl = 2_000;

/** Where people look keys up; nothing there answers as an API. */
const pages =
	/^(?:(?:www|platform|chat|developers)\.)?openai\.com$|^chatgpt\.com$|^(?:portal|ai|oai)\.azure\.com$/;

/** @param text not longer than some thousand characters: the search begins again at each slash */
const withoutSlashes = (text: string): string => text.replace(/\/+$/, '');

/** A header takes nothing else; and the HTTP library would repeat what it refuses. */
const isHeaderText = (text: string): boolean => /^[\x21-\x7e]*$/.test(text);

/** Nothing of it is repeated: keys are pasted into the wrong field. */
function checkBaseUrl(value: unknown): string {
	const baseUrl = withoutSlashes(toText(value).trim().slice(0, longestBaseUrl)) || defaultBaseUrl;
	const refuse = (what: string, advice: string): GptImageError =>
		invalidParameter('baseUrl', `'Base URL' in the credential ${what}`, advice);
	const example = `Enter it with its scheme, e.g. ${defaultBaseUrl}.`;
	const url = URL.parse(baseUrl);
	if (!url || !/^https?:\/\/[^\s/\\]/i.test(baseUrl) || !isHeaderText(baseUrl)) {
		throw refuse('is not a valid URL', example);
	}
	if (url.username !== '' || url.password !== '') {
		throw refuse('contains a user name or a password', `Put the key into 'API Key'. ${example}`);
	}
	if (pages.test(url.hostname)) {
		throw refuse(
			'is the address of a web page, not of an API',
			`OpenAI's is ${defaultBaseUrl}, Azure's is like ${azureExample}.`,
		);
	}
	const [ending] = endpoint.exec(url.pathname) ?? [];
	const version = url.searchParams.has('api-version')
		? ` Azure's api-version belongs in '${labels.apiVersion}'.`
		: '';
	if (ending !== undefined) {
		throw refuse(
			`is the address of one endpoint: it ends in ${ending}`,
			`Remove ${ending} from the end: enter only what comes before it.${version}`,
		);
	}
	if (/[?#]/.test(baseUrl)) {
		throw refuse(
			'has a query or a fragment (? or #)',
			version === '' ? example : `Remove the ? or # and everything after it.${version}`,
		);
	}
	// One spelling: of another, the limit of the day would begin anew.
	return withoutSlashes(url.href);
}

function checkKey(value: unknown): string {
	const apiKey = toText(value).trim();
	if (apiKey === '') {
		throw invalidParameter(
			'apiKey',
			"'API Key' is empty in the credential",
			'Open the credential and paste a key from platform.openai.com, or from the service that you use.',
		);
	}
	// A header with such characters makes the HTTP library repeat the key in its own error text.
	if (!isHeaderText(apiKey) || /["'\\]/.test(apiKey)) {
		throw invalidParameter(
			'apiKey',
			"'API Key' in the credential has characters that are not allowed in a key (spaces, line breaks or quotes)",
			'Copy the key again without any extra characters.',
		);
	}
	return apiKey;
}

function checkId(param: string, label: string, value: unknown): string | undefined {
	const id = toText(value).trim();
	if (isHeaderText(id)) return id || undefined;
	throw invalidParameter(
		param,
		`'${label}' in the credential has characters that are not allowed in an ID (spaces, line breaks or accents)`,
		'Copy the ID again without any extra characters, or leave the field empty.',
	);
}

function checkVersion(value: unknown): string | undefined {
	const version = toText(value).trim();
	if (/^[\w.-]{0,40}$/.test(version)) return version || undefined;
	throw invalidParameter(
		'apiVersion',
		`'${labels.apiVersion}' in the credential is not a version`,
		'Enter it as Azure does, e.g. 2025-04-01-preview, or leave the field empty for an address that ends in /openai/v1.',
	);
}

/** Those that say who calls, what is sent, or where to. */
const ownHeader = /^(?:authorization|api-key|host|(?:content|openai)-.*)$/;

/** Rows without a name and a value, as the form adds them, are no headers. */
function checkHeaders(value: unknown): Readonly<Record<string, string>> {
	const { values } = fieldsOf(value);
	const headers: Record<string, string> = {};
	const refuse = (what: string, advice: string): GptImageError =>
		invalidParameter('headers', `'${labels.headers}' in the credential ${what}`, advice);
	for (const row of listOf(values).map(fieldsOf)) {
		const name = toText(row.name).trim().toLowerCase();
		const text = toText(row.value).trim();
		if (name === '' && text === '') continue;
		if (!/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name)) {
			throw refuse(
				'has an invalid header name',
				'Header names have only letters, digits and hyphens, e.g. cf-aig-authorization.',
			);
		}
		const [own] = ownHeader.exec(name) ?? [];
		if (own !== undefined) {
			throw refuse(
				`sets ${own.replace(/^(content|openai)-.*/, '$1-…')}, which the node sets itself`,
				"Remove it. The key belongs in 'API Key'; for Azure's api-key header, set 'Service' to Azure OpenAI.",
			);
		}
		if (text === '' || !/^[\x20-\x7e]*$/.test(text)) {
			throw refuse(
				`has an invalid value for ${name}`,
				'Copy the value again without line breaks or accents.',
			);
		}
		if (Object.hasOwn(headers, name)) throw refuse(`sets ${name} twice`, 'Remove one of them.');
		headers[name] = text;
	}
	return headers;
}

/**
 * @returns the credential's fields, trimmed, empty optional ones left out
 * @throws invalid_parameter naming the field
 */
export function checkConnection(credential: Fields): Address {
	const isAzure = checkEnum('service', credential.service, 'openai') === 'azure';
	const baseUrl = checkBaseUrl(credential.baseUrl);
	// The default of the field: a key of Azure would be sent to OpenAI.
	if (isAzure && isOpenAI(baseUrl)) {
		throw invalidParameter(
			'baseUrl',
			`'Base URL' in the credential is OpenAI's, but '${labels.service}' is Azure OpenAI`,
			`Enter the address of your resource, e.g. ${azureExample}; or set '${labels.service}' to OpenAI.`,
		);
	}
	return {
		apiKey: checkKey(credential.apiKey),
		baseUrl,
		organizationId: checkId('organizationId', 'Organization ID', credential.organizationId),
		projectId: checkId('projectId', 'Project ID', credential.projectId),
		headers: checkHeaders(credential.headers),
		...(isAzure ? { azure: { apiVersion: checkVersion(credential.apiVersion) } } : {}),
	};
}

/** The headers of every request: who calls, and what the user adds. */
export function serviceHeaders(address: Address): Readonly<Record<string, string>> {
	const { apiKey, organizationId, projectId, azure, headers } = address;
	if (azure) return { ...headers, 'api-key': apiKey };
	return {
		...headers,
		authorization: `Bearer ${apiKey}`,
		...(organizationId ? { 'openai-organization': organizationId } : {}),
		...(projectId ? { 'openai-project': projectId } : {}),
	};
}
