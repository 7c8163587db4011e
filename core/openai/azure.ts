/**
 * What is different at Azure OpenAI, and what happens when its keys and addresses are mixed up with
 * OpenAI's. Sources: learn.microsoft.com, Azure OpenAI reference, API version lifecycle and image
 * generation how-to (read 2026-11-28); error bodies from CherryHQ/cherry-studio issue 8077,
 * MicrosoftDocs/azure-docs issue 114602 and danny-avila/LibreChat issue 9427.
 */

import { GptImageError } from '../errors';
import { labels } from '../rules/labels';
import { azureExample, defaultBaseUrl, isOpenAI, type Address } from './connection';
import type { ErrorBody } from './errors/body';
import type { Reading } from './errors/readings';

const exampleVersion = '2025-04-01-preview';

/** What this package uses of OpenAI's API and Azure is not asked for, with what needs it. */
const missing: ReadonlyArray<readonly [start: string, what: string]> = [
	['/responses', 'Responses API (conversations, descriptions, reviews)'],
	['/batches', 'Batch API'],
	['/files', 'Files API (batches, large attachments)'],
	[
		'/moderations',
		`moderation endpoint ('${labels.moderationCheck}'; Azure filters content itself)`,
	],
	['/content_provenance_checks', 'provenance check'],
	['/webhook_endpoints', 'list of webhooks'],
];

/** @throws not_offered for an endpoint that Azure has not */
export function checkOffered({ azure }: Address, path: string): void {
	const what = azure && missing.find(([start]) => path.startsWith(start))?.[1];
	if (what === undefined) return;
	throw new GptImageError(`Not available with '${labels.service}' Azure OpenAI: ${what}`, {
		code: 'not_offered',
		advice:
			'Nothing was sent. Use an OpenAI credential; Azure credentials work only with Generate and Edit.',
		billed: 'no',
	});
}

const isAzureHost = (baseUrl: string): boolean =>
	/\.(?:azure\.com|azure\.us|azure\.cn|azure-api\.net)$/.test(URL.parse(baseUrl)?.hostname ?? '');

/** A key of one service that was sent to the other; undefined where the key may just be wrong. */
function wrongKey({ apiKey, azure, baseUrl }: Address): Reading | undefined {
	const reading = { code: 'invalid_api_key', param: 'apiKey' } as const;
	if (azure) {
		return {
			...reading,
			message: 'Azure OpenAI did not accept the API key',
			advice: `Paste a key of the resource that 'Base URL' names (Azure portal, Keys and Endpoint): every resource has its own. For a key of OpenAI (sk-…), set '${labels.service}' to OpenAI and 'Base URL' to ${defaultBaseUrl}.`,
		};
	}
	if (isAzureHost(baseUrl)) {
		return {
			...reading,
			message: `'Base URL' in the credential is Azure's, but '${labels.service}' is OpenAI, and the key was not accepted`,
			advice: `Set '${labels.service}' to Azure OpenAI.`,
		};
	}
	if (apiKey.startsWith('sk-') || !isOpenAI(baseUrl)) return undefined;
	return {
		...reading,
		message: 'OpenAI did not accept the API key, which does not look like one of its own (sk-…)',
		advice: `If it is an Azure key, set '${labels.service}' to Azure OpenAI and 'Base URL' to the resource, e.g. ${azureExample}. Otherwise paste a key from platform.openai.com/api-keys.`,
	};
}

/** Azure says the same of an address and of an API version that do not exist. */
function wrongVersion({ azure, baseUrl }: Address): Reading {
	const version = azure?.apiVersion;
	const isV1 = baseUrl.endsWith('/openai/v1');
	return {
		code: 'wrong_base_url',
		param: version === undefined ? 'baseUrl' : 'apiVersion',
		message:
			version === undefined
				? "Azure found nothing at the 'Base URL' in the credential"
				: `Azure found nothing at the 'Base URL' in the credential with '${labels.apiVersion}' ${version}`,
		advice: isV1
			? `An address that ends in /openai/v1 needs no version: leave '${labels.apiVersion}' empty, and check the name of the resource.`
			: `Use ${azureExample} without a version, or an address that ends in /openai/deployments/NAME with one that exists, e.g. ${exampleVersion}.`,
	};
}

function readAzure(address: Address, status: number, body: ErrorBody): Reading | undefined {
	const { codes, text } = body;
	if (/\bapi[ -]?version\b/i.test(text) || (status === 404 && /resource not found/i.test(text))) {
		return wrongVersion(address);
	}
	const reading = { code: 'model_not_found', param: 'model' } as const;
	if (codes.includes('deploymentnotfound')) {
		return {
			...reading,
			message: 'Azure has no deployment with this name',
			advice: `Enter the name of the deployment in '${labels.model}', not the name of the model; if 'Base URL' ends in /deployments/NAME, correct it there. A new deployment takes a few minutes.`,
		};
	}
	if (!/does not work with the specified model/i.test(text)) return undefined;
	return {
		...reading,
		message: 'The model of this deployment cannot generate images',
		advice: `Enter a deployment of an image model in '${labels.model}', e.g. one of gpt-image-2.`,
	};
}

/** @returns why it was refused, where Azure is what it is about */
export function azureRefusal(
	address: Address,
	body: ErrorBody,
	{ status, requestId }: { readonly status: number; readonly requestId: string | null },
): GptImageError | undefined {
	const isAbout = address.azure !== undefined && (status === 400 || status === 404);
	const reading =
		status === 401 ? wrongKey(address) : isAbout ? readAzure(address, status, body) : undefined;
	if (!reading) return undefined;
	const { message, ...facts } = reading;
	return new GptImageError(message, {
		...facts,
		status,
		requestId: requestId ?? undefined,
		billed: 'no',
	});
}
