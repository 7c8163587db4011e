import { beginTurn, retrieveTurn } from '../../../core/openai/background';
import { Client } from '../../../core/openai/client';
import type { Clock } from '../../../core/clock';
import { sendTurn, type TurnOptions } from '../../../core/openai/responses';
import type { TurnAnswer } from '../../../core/openai/responses-answer';
import type { TurnCall } from '../../../core/openai/responses-request';
import { GptImageError } from '../../../core/errors';
import { tableCalendar } from '../../../core/rules/calendar';
import { checkTurn, type TurnParams } from '../../../core/rules/conversation';
import { checkImageParams } from '../../../core/rules/request';
import type { ImageParams } from '../../../core/rules/request-types';
import { startDouble, type Double } from '../../openai-double';

const today = tableCalendar('2026-11-20');

/** Turns as the node would send them, for tests of the API's side. */

export function clientFor(double: Pick<Double, 'url'>, more: { projectId?: string } = {}): Client {
	return new Client({ apiKey: 'sk-test', baseUrl: double.url, fetch, ...more });
}

/** What tests of turns start with. */
export async function setUpTurns(): Promise<{ double: Double; client: Client }> {
	const double = await startDouble();
	return { double, client: clientFor(double) };
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
	readonly image?: Partial<ImageParams>;
	readonly turn?: Partial<TurnParams>;
	readonly call?: Partial<TurnCall>;
}

export function turnCall(message: string, { image, turn, call }: TurnParts = {}): TurnCall {
	const request = checkImageParams(
		{
			operation: 'send',
			model: 'gpt-image-2',
			prompt: message,
			size: '1024x1024',
			quality: 'low',
			...image,
		},
		today,
	);
	return {
		request,
		turn: checkTurn(request, { chatModel: 'gpt-5.4', attachments: 0, ...turn }, today),
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

/** @returns the response to a turn in the background, once it has ended */
export async function answerLater(double: Double, client: Client, call: TurnCall) {
	double.options.backgroundHeld = false;
	const begun = await beginTurn(client, call, options);
	if ('images' in begun) throw new Error('It was answered at once');
	for (;;) {
		const { raw, ...seen } = await retrieveTurn(client, begun.responseId, options);
		if (raw) return { ...seen, raw };
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}

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
