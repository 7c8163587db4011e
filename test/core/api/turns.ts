import { createClient, type Client } from '../../../core/api/client';
import type { Clock } from '../../../core/api/pace';
import { sendTurn, type TurnOptions } from '../../../core/api/responses';
import type { TurnAnswer } from '../../../core/api/responses-answer';
import type { TurnCall } from '../../../core/api/responses-request';
import { GptImageError } from '../../../core/errors';
import { checkTurn, type TurnWish } from '../../../core/rules/conversation';
import { checkPicture, type PictureWish } from '../../../core/rules/request';
import { startDouble, type Double } from '../../openai-double';

/** Turns as the node would send them, for tests of the API's side. */

export async function clientFor(
	double: Double,
	more: { projectId?: string } = {},
): Promise<Client> {
	return await createClient({ apiKey: 'sk-test', baseUrl: double.url, fetch, ...more }, 30_000);
}

/** What tests of turns start with. */
export async function setUpTurns(): Promise<{ double: Double; client: Client }> {
	const double = await startDouble();
	return { double, client: await clientFor(double) };
}

/** Real time, but nobody sleeps longer than 20 ms; what was asked for is written down. */
export class BriskClock implements Clock {
	readonly slept: number[] = [];
	now = (): number => Date.now();
	random = (): number => 0.5;
	async sleep(milliseconds: number): Promise<void> {
		this.slept.push(milliseconds);
		await new Promise((resolve) => setTimeout(resolve, Math.min(20, milliseconds)));
	}
}

export interface TurnParts {
	readonly picture?: Partial<PictureWish>;
	readonly turn?: Partial<TurnWish>;
	readonly call?: Partial<TurnCall>;
}

export function turnCall(message: string, { picture, turn, call }: TurnParts = {}): TurnCall {
	const request = checkPicture({
		operation: 'send',
		model: 'gpt-image-2',
		prompt: message,
		size: '1024x1024',
		quality: 'low',
		...picture,
	});
	return {
		request,
		turn: checkTurn(request, { chatModel: 'gpt-5.4', attachments: 0, ...turn }),
		inputs: undefined,
		previousResponseId: undefined,
		maxToolCalls: 10,
		...call,
	};
}

export const options: TurnOptions = { timeoutMs: 30_000 };

export const say = async (
	client: Client,
	message: string,
	parts?: TurnParts,
): Promise<TurnAnswer> => await sendTurn(client, turnCall(message, parts), options);

export async function failureOf(call: Promise<unknown>): Promise<GptImageError> {
	try {
		await call;
	} catch (error) {
		if (error instanceof GptImageError) return error;
		throw error;
	}
	throw new Error('The call was expected to fail');
}

/** The body of the double's last request for a response. */
export const lastBody = ({ journal }: Double): Record<string, unknown> =>
	journal.findLast(({ method, path }) => method === 'POST' && path === '/v1/responses')?.body ?? {};

/** The double's requests, oldest first, as `GET /v1/responses/resp_1`. */
export const requestsTo = ({ journal }: Double): string[] =>
	journal.map(({ method, path }) => `${method} ${path}`);
