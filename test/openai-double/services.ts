import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './rules/errors';
import { chatModels } from './rules/models';

/**
 * Other services that speak OpenAI's image API, in their own shapes: how a key is sent, how a refusal
 * looks, which paths there are. Sources, read 2026-11-28: learn.microsoft.com (Azure OpenAI reference,
 * image generation, content filter, API version lifecycle; CherryHQ/cherry-studio issue 8077,
 * danny-avila/LibreChat issue 9427), docs.litellm.ai (error reference), openrouter.ai/docs (errors,
 * Image API of 2026-06-24 at /images), developers.cloudflare.com/ai-gateway (authenticated gateway).
 */
export type ServiceName = 'openai' | 'azure' | 'litellm' | 'openrouter' | 'cloudflare';

/** A request, as far as a service looks at it before the image is made. */
export interface Incoming {
	readonly headers: IncomingHttpHeaders;
	/** As it was asked for, with the query. */
	readonly url: string;
}

interface Service {
	/** Refuses a wrong key, version or path. @returns the key as OpenAI would have got it */
	admit(incoming: Incoming): string | undefined;
	body(error: ApiError): object;
	headers(requestId: string): Record<string, string>;
}

/** Paths of all services, as this server has them. */
export const ownPath = (url: string): string =>
	url
		.replace(/^\/openai\/deployments\/[^/]+/, '/v1')
		.replace(/^\/(?:openai|api)\/v1/, '/v1')
		.replace(/^\/openai\/models/, '/v1/models')
		.replace(/^\/v1\/[^/]+\/[^/]+\/openai/, '/v1');

const bearer = ({ headers }: Incoming): string | undefined => headers.authorization;

const plain = (status: number, code: string, message: string): ApiError =>
	new ApiError(status, { message, type: null, param: null, code });

/** Versions of the addresses with a deployment in them. */
const azureVersions = ['2024-10-21', '2025-04-01-preview'];
const notFound = () => plain(404, '404', 'Resource not found');

function admitAtAzure({ headers, url }: Incoming): string {
	const { pathname, searchParams } = new URL(url, 'http://double');
	const version = searchParams.get('api-version');
	if (pathname.startsWith('/openai/v1/')) {
		if (version !== null && !['preview', 'v1'].includes(version)) {
			throw plain(400, 'BadRequest', 'API version not supported');
		}
	} else if (!pathname.startsWith('/openai/') || !azureVersions.includes(version ?? '')) {
		throw notFound();
	}
	if (!/\/(?:images\/(?:generations|edits)|models)$/.test(pathname)) throw notFound();
	const key = headers['api-key'];
	if (typeof key !== 'string' || key.startsWith('sk-')) {
		throw plain(
			401,
			'401',
			'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
		);
	}
	return 'Bearer sk-azure';
}

function azureBody({ status, details }: ApiError): object {
	if (details.code === 'moderation_blocked') {
		return {
			error: {
				code: 'contentFilter',
				message: 'Your task failed as a result of our safety system.',
				inner_error: {
					code: 'ResponsibleAIPolicyViolation',
					content_filter_results: { sexual: { filtered: true, severity: 'medium' } },
				},
			},
		};
	}
	if (status === 429) {
		return {
			error: {
				code: 'RateLimitReached',
				message:
					'Requests to the ImageGenerations_Create Operation under Azure OpenAI API have exceeded call rate limit of your current OpenAI S0 pricing tier.',
			},
		};
	}
	const { code, message, param, type } = details;
	return { error: { code: code ?? String(status), message, ...(param ? { param, type } : {}) } };
}

const services: Record<ServiceName, Service> = {
	openai: {
		admit: bearer,
		body: ({ details }) => ({ error: details }),
		headers: (requestId) => ({ 'x-request-id': requestId, 'openai-version': '2020-10-01' }),
	},
	azure: {
		admit: admitAtAzure,
		body: azureBody,
		headers: (requestId) => ({ 'apim-request-id': requestId, 'x-ms-region': 'Sweden Central' }),
	},
	litellm: {
		admit: bearer,
		body: ({ status, details }) => ({
			error: {
				message:
					status === 401
						? 'Authentication Error, Invalid proxy server token passed. Unable to find token in cache or `LiteLLM_VerificationTokenTable`'
						: `litellm.APIError: OpenAIException - ${details.message}`,
				type: status === 401 ? 'token_not_found_in_db' : 'None',
				param: 'None',
				code: String(status),
			},
		}),
		headers: (requestId) => ({ 'x-litellm-call-id': requestId, 'x-litellm-response-cost': '0.01' }),
	},
	openrouter: {
		admit: (incoming) => {
			if (/\/images\/./.test(incoming.url)) throw plain(404, '404', 'Not Found');
			return bearer(incoming);
		},
		body: ({ status, details }) => ({ error: { message: details.message, code: status } }),
		headers: (requestId) => ({ 'x-generation-id': requestId }),
	},
	cloudflare: {
		admit: (incoming) => {
			if (incoming.headers['cf-aig-authorization'] === 'Bearer cf-token-1') return bearer(incoming);
			throw plain(401, '2009', 'Unauthorized');
		},
		// What the gateway itself refuses has its own form; what OpenAI says is passed on.
		body: ({ details }) =>
			details.code === '2009'
				? {
						success: false,
						result: [],
						messages: [],
						errors: [{ code: 2009, message: 'Unauthorized' }],
					}
				: { error: details },
		headers: (requestId) => ({ 'cf-aig-log-id': requestId }),
	},
};

export const serviceOf = (name: ServiceName): Service => services[name];

/**
 * The model that answers: the request's own, or what a deployment stands for.
 * @param deployments of the account; undefined where models have their own names
 */
export function servedModel(
	asked: string,
	url: string,
	deployments: Readonly<Record<string, string>> | undefined,
): string {
	if (!deployments) return asked;
	const [, inPath] = /^\/openai\/deployments\/([^/]+)/.exec(url) ?? [];
	const model = deployments[inPath ?? asked];
	if (model === undefined) {
		throw plain(
			404,
			'DeploymentNotFound',
			'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.',
		);
	}
	if (chatModels.includes(model)) {
		throw plain(
			400,
			'OperationNotSupported',
			`The image generation operation does not work with the specified model, ${model}. Please choose different model and try again.`,
		);
	}
	return model;
}
