import type { OpenAI } from 'openai' with { 'resolution-mode': 'import' };
import { GptImageError, invalidParameter } from '../errors';

/** The SDK's client, by the types of the build that is loaded on first use. */
export type Client = OpenAI;

/** What the credential holds. `fetch` is given from outside, so that the host decides how calls leave. */
export interface Connection {
	readonly apiKey: string;
	readonly organizationId?: string;
	readonly projectId?: string;
	/** With scheme, e.g. `https://api.openai.com/v1`. */
	readonly baseUrl: string;
	readonly fetch: (url: string | URL | Request, init?: RequestInit) => Promise<Response>;
}

export const defaultBaseUrl = 'https://api.openai.com/v1';

const credentialError = (param: string, message: string, advice: string): GptImageError =>
	invalidParameter(param, message, advice);

/**
 * @param connection the credential's values, untrusted
 * @returns the same, trimmed, with empty optional values left out
 * @throws invalid_parameter naming the credential's field
 */
export function checkConnection(connection: Connection): Connection {
	const apiKey = connection.apiKey.trim();
	if (apiKey === '') {
		throw credentialError(
			'apiKey',
			"'API Key' is empty in the credential",
			'Open the credential and paste a key from platform.openai.com.',
		);
	}
	// A header with such characters makes the HTTP library repeat the key in its own error text.
	if (!/^[\x21-\x7e]+$/.test(apiKey)) {
		throw credentialError(
			'apiKey',
			"'API Key' in the credential has characters that no key has (spaces, line breaks or quotes)",
			'Copy the key again, without anything around it.',
		);
	}
	const baseUrl = connection.baseUrl.trim().replace(/\/+$/, '') || defaultBaseUrl;
	if (!/^https?:\/\/[^\s/]+/i.test(baseUrl) || !URL.canParse(baseUrl)) {
		throw credentialError(
			'baseUrl',
			`'Base URL' in the credential is "${baseUrl}", which is not a web address`,
			`Write it with its scheme, e.g. ${defaultBaseUrl}.`,
		);
	}
	return {
		...connection,
		apiKey,
		baseUrl,
		organizationId: connection.organizationId?.trim() || undefined,
		projectId: connection.projectId?.trim() || undefined,
	};
}

/**
 * The SDK's client with every default given, so that no OPENAI_* variable of the host counts.
 * SDK retries are off: a repeated image call is paid again, so retries are decided by money.
 * @param connection checked by checkConnection
 * @param timeoutMs limit for the answer's headers; the callers limit the whole call
 */
export async function createClient(connection: Connection, timeoutMs: number): Promise<Client> {
	const { default: Sdk } = await import('openai');
	const { apiKey, baseUrl, organizationId, projectId, fetch } = connection;

	class OwnHeaders extends Sdk {
		// OPENAI_CUSTOM_HEADERS is read whatever the options say: the headers are set here, whole.
		protected override async prepareRequest(request: RequestInit): Promise<void> {
			request.headers = new Headers({
				accept: 'application/json',
				authorization: `Bearer ${apiKey}`,
				...(typeof request.body === 'string' ? { 'content-type': 'application/json' } : {}),
				...(organizationId ? { 'openai-organization': organizationId } : {}),
				...(projectId ? { 'openai-project': projectId } : {}),
			});
		}
	}

	return new OwnHeaders({
		apiKey,
		adminAPIKey: null,
		organization: organizationId ?? null,
		project: projectId ?? null,
		webhookSecret: null,
		baseURL: baseUrl,
		timeout: timeoutMs,
		maxRetries: 0,
		logLevel: 'off',
		fetch,
	});
}
