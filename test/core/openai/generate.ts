import { Client } from '../../../core/openai/client';
import { checkConnection } from '../../../core/openai/connection';
import { generateImages } from '../../../core/openai/images';
import { tableCalendar } from '../../../core/rules/calendar';
import { checkImageParams } from '../../../core/rules/request';
import type { ImageParams } from '../../../core/rules/request-types';
import type { Double } from '../../openai-double';

const today = tableCalendar('2026-11-20');

/** Images as the node would have them made, for tests of the API's side. */

export interface Call {
	readonly params?: Partial<ImageParams>;
	readonly apiKey?: string;
	readonly baseUrl?: string;
	/** Further fields of the credential. */
	readonly credential?: Readonly<Record<string, unknown>>;
	readonly timeoutMs?: number;
	readonly signal?: AbortSignal;
}

export async function generate(double: Double, prompt: string, call: Call = {}) {
	const connection = checkConnection({
		apiKey: call.apiKey ?? 'sk-test',
		baseUrl: call.baseUrl ?? double.url,
		...call.credential,
	});
	const timeoutMs = call.timeoutMs ?? 10_000;
	const client = new Client({ ...connection, fetch });
	const request = checkImageParams(
		{
			operation: 'generate',
			model: 'gpt-image-2',
			quality: 'low',
			size: '1024x1024',
			prompt,
			...call.params,
		},
		today,
	);
	return await generateImages(client, request, { timeoutMs, signal: call.signal });
}
