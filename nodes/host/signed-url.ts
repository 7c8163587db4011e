/** URLs that n8n signs for images: an agent gets them, and gives one back to have it changed. */

import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import type { UserFile } from '../../core/calls/prepare';
import { GptImageError } from '../../core/errors';
import { bytesUpTo } from '../../core/openai/guard';
import { common } from '../../core/rules/models';
import { fetchThroughN8n } from './fetch';

/** Long enough for a chat to be read again on the next day. */
const expires = '1 day';

const timeoutMs = 60_000;

/**
 * @returns a URL from which anybody can fetch the image for a day; undefined where n8n cannot sign one,
 *   because it keeps binaries in memory
 */
export function signedUrl(
	context: IExecuteFunctions,
	binary: IBinaryData | undefined,
): string | undefined {
	if (!binary?.id) return undefined;
	try {
		return context.helpers.createBinarySignedUrl(binary, expires);
	} catch {
		return undefined;
	}
}

/** What every URL that this n8n signs begins with. */
function prefixOf(context: IExecuteFunctions): string | undefined {
	const url = signedUrl(context, { id: 'any', data: '', mimeType: '' });
	return url?.slice(0, url.indexOf('?token=') + '?token='.length);
}

/**
 * OpenAI often cannot reach n8n, so the node reads what n8n has signed. n8n checks the signature:
 * the text of a model chooses no host and no file.
 * @param fieldLabel how messages call the parameter
 * @returns undefined for a URL of any other origin; `load` throws GptImageError invalid_parameter
 */
export function signedFile(
	context: IExecuteFunctions,
	url: string,
	param: string,
	fieldLabel: string,
): UserFile | undefined {
	const prefix = prefixOf(context);
	if (prefix === undefined || !url.startsWith(prefix)) return undefined;
	return {
		origin: { param, label: fieldLabel, name: 'image' },
		load: async () => {
			try {
				const stop = context.getExecutionCancelSignal();
				const limit = AbortSignal.timeout(timeoutMs);
				const signal = stop ? AbortSignal.any([stop, limit]) : limit;
				const sent = { method: 'GET', headers: {}, signal };
				const answer = await fetchThroughN8n(context.helpers)(new URL(url), sent);
				if (answer.status !== 200) throw new Error(`n8n answered with status ${answer.status}`);
				// So many bytes are more than an image or a document may have.
				return await bytesUpTo(common.maxInputBytes + 1, answer);
			} catch (error) {
				throw notRead(error, param, fieldLabel);
			}
		},
	};
}

const notRead = (cause: unknown, param: string, fieldLabel: string): GptImageError =>
	new GptImageError(`${fieldLabel}: n8n did not return the image behind its own URL`, {
		code: 'invalid_parameter',
		advice:
			'Such a URL is valid for one day. If it is not older, check that n8n can reach its own address, which WEBHOOK_URL sets.',
		param,
		billed: 'no',
		cause,
	});
