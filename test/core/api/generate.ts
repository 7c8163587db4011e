import { checkConnection, createClient } from '../../../core/api/client';
import { generateImages } from '../../../core/api/openai';
import { checkPicture, type PictureWish } from '../../../core/rules/request';
import type { Double } from '../../openai-double';

/** Pictures as the node would have them made, for tests of the API's side. */

export interface Call {
	readonly wish?: Partial<PictureWish>;
	readonly apiKey?: string;
	readonly baseUrl?: string;
	readonly timeoutMs?: number;
	readonly signal?: AbortSignal;
}

export async function generate(double: Double, prompt: string, call: Call = {}) {
	const connection = checkConnection({
		apiKey: call.apiKey ?? 'sk-test',
		baseUrl: call.baseUrl ?? double.url,
		fetch,
	});
	const timeoutMs = call.timeoutMs ?? 10_000;
	const client = await createClient(connection, timeoutMs);
	const request = checkPicture({
		operation: 'generate',
		model: 'gpt-image-2',
		quality: 'low',
		size: '1024x1024',
		prompt,
		...call.wish,
	});
	return await generateImages(client, request, { timeoutMs, signal: call.signal });
}
