/** The credential: an OpenAI account. */

import type {
	Icon,
	ICredentialTestRequest,
	ICredentialDataDecryptedObject,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';
import { toGptImageError } from '../core/errors';
import {
	checkConnection,
	defaultBaseUrl,
	serviceHeaders,
	type Address,
} from '../core/openai/connection';
import { parsePrices } from '../core/pricing/prices';
import { checkDeployments } from '../core/rules/deployments';
import { choicesOf } from '../core/rules/choices';
import { labels } from '../core/rules/labels';
import { excerpt } from '../core/rules/parameters';

/** n8n reads both kinds from one list; its type allows only one of them. */
const testRules = [
	{
		type: 'responseSuccessBody',
		properties: {
			key: 'data',
			value: undefined,
			message: `'Base URL' is the address of a web page, or of something else that lists no models. OpenAI's is ${defaultBaseUrl}.`,
		},
	},
	{
		type: 'responseCode',
		properties: {
			value: 401,
			message:
				"The service does not accept the API key. OpenAI keys start with sk-. For an Azure key, set 'Service' to Azure OpenAI and 'Base URL' to your resource.",
		},
	},
	{
		type: 'responseCode',
		properties: {
			value: 404,
			message:
				"No list of models was found at 'Base URL', which usually ends in /v1. For Azure, enter https://RESOURCE.openai.azure.com/openai/v1 and leave 'API Version' empty, or correct the version.",
		},
	},
	...[301, 302, 303, 307, 308].map((value) => ({
		type: 'responseCode',
		properties: {
			value,
			message:
				"'Base URL' redirects to another address, where the key is not sent. Enter the actual address of the service.",
		},
	})),
] as ICredentialTestRequest['rules'];

/** @throws Error with the words alone: of an error with a code, n8n's test of a credential shows the code */
function addressOf(credential: ICredentialDataDecryptedObject): Address {
	try {
		checkDeployments(credential.deployments);
		parsePrices(credential.prices);
		return checkConnection(credential);
	} catch (error) {
		const { message, advice } = toGptImageError(error);
		throw new Error(`${message}. ${advice}`);
	}
}

/**
 * n8n's HTTP Request node can use any credential, for any address.
 * @throws Error when the request goes to another host than the credential's
 */
function checkTarget(request: IHttpRequestOptions, { baseUrl }: Address): void {
	// Older requests name it otherwise; which of the two n8n takes depends on its version.
	const { url, uri } = request as { readonly url?: string; readonly uri?: string };
	const own = new URL(baseUrl).origin;
	const targets = [url, uri].map((one) => URL.parse(one ?? '', request.baseURL));
	const target = targets.find((one) => one !== null && one.origin !== own);
	if (!target) return;
	throw new Error(
		`The key of this credential is sent to ${own} only, which is its 'Base URL', not to ${excerpt(target.origin)}. Use a credential of that service.`,
	);
}

/** The key must not go where an answer says: n8n would send a header that is not `Authorization` along. */
const noRedirect = {
	disableFollowRedirect: true,
	// As older requests name it.
	followRedirect: false,
	followAllRedirects: false,
};

export class GptImageApi implements ICredentialType {
	name = 'gptImageApi';

	displayName = 'GPT Image API';

	icon: Icon = { light: 'file:../icons/gptImage.svg', dark: 'file:../icons/gptImage.dark.svg' };

	documentationUrl = 'https://github.com/n8n-nodes-gpt-image/n8n-nodes-gpt-image#credential';

	properties: INodeProperties[] = [
		{
			displayName: labels.service,
			name: 'service',
			type: 'options',
			default: 'openai',
			options: choicesOf('service').map(({ name, value }) => ({ name, value })),
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'e.g. sk-…',
			description:
				'From platform.openai.com under API keys, from the Azure resource under Keys and Endpoint, or from your gateway',
		},
		{
			displayName: 'Organization ID',
			name: 'organizationId',
			type: 'string',
			default: '',
			placeholder: 'e.g. org-…',
			description: 'Only needed if the key belongs to several organizations',
			displayOptions: { show: { service: ['openai'] } },
		},
		{
			displayName: 'Project ID',
			name: 'projectId',
			type: 'string',
			default: '',
			placeholder: 'e.g. proj_…',
			description: 'Only needed if usage should count toward a project other than the default one',
			displayOptions: { show: { service: ['openai'] } },
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: defaultBaseUrl,
			description:
				'Address of the API: change it for a data residency endpoint, a gateway or a compatible service. For Azure, e.g. https://RESOURCE.openai.azure.com/openai/v1.',
		},
		{
			displayName: labels.apiVersion,
			name: 'apiVersion',
			type: 'string',
			default: '',
			placeholder: 'e.g. 2025-04-01-preview',
			description: 'Leave empty for a Base URL that ends in /openai/v1',
			displayOptions: { show: { service: ['azure'] } },
		},
		{
			displayName: labels.deployments,
			name: 'deployments',
			type: 'string',
			typeOptions: { rows: 3 },
			default: '',
			placeholder: 'e.g. marketing-images = gpt-image-2',
			description:
				'Your model names on Azure or a gateway, one per line as name = model. The rules and prices of that model then apply.',
		},
		{
			displayName: labels.headers,
			name: 'headers',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true },
			placeholder: 'Add Header',
			default: {},
			description: 'Sent with every request, e.g. cf-aig-authorization for a gateway',
			options: [
				{
					displayName: 'Header',
					name: 'values',
					values: [
						{ displayName: 'Name', name: 'name', type: 'string', default: '' },
						{
							displayName: 'Value',
							name: 'value',
							type: 'string',
							typeOptions: { password: true },
							default: '',
						},
					],
				},
			],
		},
		{
			displayName: labels.maxCostPerDay,
			name: 'maxCostPerDay',
			type: 'number',
			default: 0,
			typeOptions: { minValue: 0 },
			description:
				'Maximum cost per day (UTC) of all nodes, workflows and workers that use this key; 0 means no limit',
		},
		{
			displayName: labels.imagesPerMinute,
			name: 'imagesPerMinute',
			type: 'number',
			default: 0,
			typeOptions: { minValue: 0, numberPrecision: 0 },
			description:
				"Maximum number of images to start per minute with this key. 0 means only OpenAI's own limits apply (see platform.openai.com under Limits).",
		},
		{
			displayName: labels.prices,
			name: 'prices',
			type: 'json',
			default: '{}',
			description:
				'Your own prices in USD per million tokens, e.g. {"gpt-image-2": {"imageOutput": 30}}. Prices that are not listed here come from the built-in table.',
		},
		{
			displayName: labels.keepPrompts,
			name: 'keepPrompts',
			type: 'boolean',
			default: true,
			description: 'Whether to store prompts with the paid images',
		},
		{
			displayName: labels.webhookSecret,
			name: 'webhookSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'e.g. whsec_…',
			description:
				'Only needed if GPT Image Trigger cannot register its webhook itself: create one at platform.openai.com under Webhooks and copy its secret',
		},
	];

	async authenticate(
		credential: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		const address = addressOf(credential);
		checkTarget(request, address);
		const version = address.azure?.apiVersion;
		return {
			...request,
			...noRedirect,
			headers: { ...request.headers, ...serviceHeaders(address) },
			qs: { ...request.qs, ...(version === undefined ? {} : { 'api-version': version }) },
		};
	}

	test: ICredentialTestRequest = {
		request: {
			// Azure lists models for the whole resource only.
			baseURL: `={{ ($credentials.baseUrl || '${defaultBaseUrl}').replace(/\\/deployments\\/[^/]*\\/*$/, '') }}`,
			url: '/models',
			// The key must not go where an answer says.
			disableFollowRedirect: true,
		},
		rules: testRules,
	};
}
