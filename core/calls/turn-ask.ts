import { toGptImageError, type GptImageError } from '../errors';
import type { Warning } from '../job';
import type { Client } from '../openai/client';
import { isContextLost } from '../openai/errors/responses';
import { fetchTurn, type TurnOptions } from '../openai/responses';
import type { TurnAnswer } from '../openai/responses-answer';
import type { TurnCall } from '../openai/responses-request';
import { prepareInput } from '../pixels/input';
import type { CallContext } from './context';
import { sizesOf, type Sizes } from './turn-facts';
import { warningsOf } from './warnings';

/** Sends a turn, restarts a lost conversation, and fetches what an earlier process began. */

export interface TurnReply<T = TurnAnswer> {
	readonly answer: T;
	readonly warnings: readonly Warning[];
	/** Of the images that the conversation was restarted with; undefined if it was not restarted. */
	readonly restartedFrom: Sizes | undefined;
}

/** Of a time limit, after which OpenAI may go on. */
const stillRunning = (error: GptImageError): GptImageError =>
	error.with({
		advice:
			'OpenAI may still be working on it. Run the workflow again: the node then fetches the response by its ID instead of paying twice.',
		retryable: false,
	});

async function prepareLast(bytes: Buffer | undefined) {
	if (!bytes) return undefined;
	const origin = {
		param: 'attachments',
		label: 'The last image of the conversation',
		name: 'last-image',
	};
	return await prepareInput(bytes, origin).catch(() => undefined);
}

/** @returns the turn as the first of a conversation; undefined if it would have nothing to edit */
async function restart(
	call: TurnCall,
	lastImage: Buffer | undefined,
	{ message: lost }: GptImageError,
) {
	const image = await prepareLast(lastImage);
	const images = call.inputs?.images ?? [];
	const turn = { ...call.turn, imageCallId: undefined };
	const anew = { ...call, turn, previousResponseId: undefined };
	if (!image) {
		if (turn.action === 'edit' && images.length === 0) return undefined;
		const message = `${lost}: it was restarted without its images, as none is stored here`;
		return { call: anew, from: [], message };
	}
	const hint = 'The first attached image is the last one of our conversation so far.';
	const request = { ...call.request, prompt: `${hint}\n\n${call.request.prompt}` };
	const inputs = { documents: [], ...call.inputs, images: [image, ...images] };
	const message = `${lost}: it was restarted from its last image`;
	return { call: { ...anew, request, inputs }, from: sizesOf([image]), message };
}

/**
 * @param send waits for the answer, or only begins it
 * @param lastImage of the conversation, for when OpenAI no longer has it
 * @param began see `Call.ask`
 * @throws GptImageError
 */
export async function askTurn<T>(
	send: (client: Client, call: TurnCall, options: TurnOptions) => Promise<T>,
	call: TurnCall,
	lastImage: Buffer | undefined,
	began: (responseId: string | undefined) => Promise<void>,
	context: CallContext,
): Promise<TurnReply<T>> {
	let hasBegun = false;
	const client = context.client();
	// A stop does not cancel it: it would be billed anyway, for nothing.
	const options = {
		timeoutMs: context.timeoutMs,
		onCreated: async (responseId: string) => {
			hasBegun = true;
			await began(responseId);
		},
	};
	try {
		try {
			const answer = await send(client, call, options);
			return { answer, warnings: [], restartedFrom: undefined };
		} catch (error) {
			const failure = toGptImageError(error);
			const isLost = isContextLost(failure) && call.turn.restartWhenLost;
			const anew = isLost ? await restart(call, lastImage, failure) : undefined;
			if (!anew) throw failure;
			const answer = await send(client, anew.call, options);
			const warnings = warningsOf('restarted', [anew.message]);
			return { answer, warnings, restartedFrom: anew.from };
		}
	} catch (error) {
		const failure = toGptImageError(error);
		if (!hasBegun) throw failure;
		if (failure.is('timeout')) throw stillRunning(failure);
		await began(undefined);
		throw failure;
	}
}

/**
 * @returns the answer of a response that was begun before, or why it is no longer available
 * @throws GptImageError when OpenAI may still be working on it
 */
export async function fetchBegun(
	call: TurnCall,
	responseId: string,
	{ client, timeoutMs }: CallContext,
): Promise<TurnReply | { readonly gone: Warning }> {
	try {
		const answer = await fetchTurn(client(), responseId, call, { timeoutMs });
		const message =
			'An earlier run sent this message and was interrupted: its response was fetched instead of paying for a new one';
		return { answer, warnings: warningsOf('fetched', [message]), restartedFrom: undefined };
	} catch (error) {
		const failure = toGptImageError(error);
		if (failure.is('timeout')) throw stillRunning(failure);
		const message = `An earlier run sent this message and was interrupted; its response could not be fetched (${failure.message}), so it was sent again`;
		return { gone: { code: 'not_fetched', message } };
	}
}

/**
 * Waits until a turn before this one has ended, which was ordered and not collected: OpenAI continues
 * from nothing that is still on its way.
 * @throws GptImageError when it came to nothing, or OpenAI is still working on it; nothing was sent
 */
export async function awaitPrevious(
	call: TurnCall,
	{ client, timeoutMs, signal }: CallContext,
): Promise<void> {
	const { previousResponseId: id = '' } = call;
	try {
		await fetchTurn(client(), id, call, { timeoutMs, signal });
	} catch (error) {
		const failure = toGptImageError(error);
		const isRunning = failure.is('timeout');
		throw failure.with({
			message: isRunning
				? `The previous message is still being answered in the background (${id})`
				: `The previous message, sent in the background (${id}), was not answered: ${failure.message}`,
			advice: isRunning
				? 'Run the workflow again when it is finished.'
				: 'Collect it: the conversation then continues from the message before it.',
			retryable: false,
			billed: 'no',
		});
	}
}
