import { toGptImageError } from '../errors';
import type { Answer, Call, ItemRef, Job, Purchase, Warning } from '../job';
import { beginTurn, type BegunTurn } from '../openai/background';
import { badAnswer } from '../openai/errors/bad-answer';
import { TurnFiles } from '../openai/files';
import { sendTurn } from '../openai/responses';
import type { TurnAnswer } from '../openai/responses-answer';
import type { TurnCall } from '../openai/responses-request';
import { estimateTurn, mostSearches } from '../pricing/estimate-turn';
import type { Turn } from '../rules/conversation-types';
import type { ImageRequest } from '../rules/request-types';
import { prepareAttachments, type PreparedTurn } from './attachments';
import { checkRow } from './batch';
import type { CallContext } from './context';
import { moderator } from './images';
import { choicesOf, once, withoutImage, type Draft } from './jobs';
import { callKey, inputFacts, sha256 } from './key';
import type { EditParams } from './prepare';
import { finishTurn, previewTurn, readReply, type TurnSubject } from './turn-answer';
import { askTurn, awaitPrevious, fetchBegun, type TurnReply } from './turn-ask';
import { askedFrom, before, checkEditable, priceContext, sizesOf } from './turn-facts';
import { OrderedTurn, type Later } from './turn-order';
import { warningsOf } from './warnings';

/** A turn of a conversation: one call that returns any number of images, or text only. */

/** An item's request to the Responses API, checked. */
export interface TurnDraft extends Draft {
	readonly kind: 'turn';
	readonly turn: Turn;
	readonly attachments: EditParams | undefined;
}

/**
 * @param later set for a turn in the background
 * @returns the job of a turn; attachments are loaded when it is its turn in the session
 */
export function turnJob(
	draft: TurnDraft,
	item: ItemRef,
	later: Later | undefined,
	context: CallContext,
): Job {
	const { requests, turn, attachments, dryRun } = draft;
	const { from } = turn;
	const inputs = once(async () => attachments && (await prepareAttachments(attachments)));
	const session =
		from.kind === 'session'
			? sha256(JSON.stringify([item.workflowId, from.sessionKey]))
			: undefined;
	return {
		item,
		dryRun,
		session,
		previousResponseId: from.kind === 'response' ? from.responseId : undefined,
		choices: choicesOf(requests, async (request, history) => [
			await turnCall(request, turn, await inputs(), history, session, later, context),
		]),
		...withoutImage(draft),
	};
}

/** As many images in a turn as one call of the Images API allows. */
const MOST_IMAGES = 10;
const allowances = (webSearch: boolean): { readonly most: number; readonly least: number } =>
	webSearch ? { most: MOST_IMAGES + mostSearches, least: 4 } : { most: MOST_IMAGES, least: 1 };

/** Deleted when the turn is over, or when it is collected; should that fail, OpenAI does it then. */
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

async function turnCall(
	request: ImageRequest,
	turn: Turn,
	inputs: PreparedTurn | undefined,
	history: readonly Purchase[],
	session: string | undefined,
	later: Later | undefined,
	context: CallContext,
): Promise<Call> {
	if (later) checkRow(later.row);
	const known = before(turn, history);
	checkEditable(turn, known, inputs);
	const estimate = await estimateTurn(
		request,
		turn,
		priceContext(turn, known, inputs),
		context.prices,
	);
	const params = callKey(request, inputs, {
		baseUrl: context.baseUrl,
		chatModel: turn.chatModel,
		action: turn.action,
		instructions: turn.instructions,
		reasoningEffort: turn.reasoningEffort,
		maxOutputTokens: turn.maxOutputTokens,
		webSearch: turn.webSearch,
		imageCallId: turn.imageCallId,
		documents: inputs?.documents.map(inputFacts),
		session,
		ordered: later?.row,
	});
	const key = sha256(`${params} ${askedFrom(params, known, history) ?? ''}`);
	const { chatModel, action, from, warnings } = turn;
	const { previousResponseId, previous } = known;
	const subject: TurnSubject = {
		request,
		turn: { chatModel, action, from, warnings },
		known: { previousResponseId, previous },
		params,
		attached: sizesOf(inputs?.images ?? []),
		notes: inputs?.notes ?? [],
		price: estimate.price,
		maxToolCalls: undefined,
	};
	const judge = moderator(request, inputs?.images ?? [], context);
	let files: TurnFiles | undefined;
	/** Deletes what was uploaded, once. @returns a warning when that fails */
	const clean = async (): Promise<Warning[]> => {
		const left = await files?.close();
		files = undefined;
		return warningsOf('file_left', left === undefined ? [] : [left]);
	};

	const callOf = (maxToolCalls: number, reduced: Call | undefined): Call => {
		const sent: TurnCall = { request, turn, inputs, previousResponseId, maxToolCalls };
		const gone: Warning[] = [];
		const asked = reduced ? subject : { ...subject, maxToolCalls };
		const read = async (of: TurnSubject, reply: TurnReply, started: number): Promise<Answer> => {
			const durationMs = Math.round(performance.now() - started);
			return await readReply(of, reply, durationMs, context.prices, estimate.upperUsd);
		};
		const placing = later && new OrderedTurn(asked, later);
		return {
			key,
			estimate: { usd: { min: estimate.price.usd.min, max: estimate.upperUsd(maxToolCalls) } },
			weight: { images: 1, inputImages: inputs?.images.length ?? 0 },
			...(reduced ? { reduced } : {}),
			ask: async (began, id) => {
				await judge?.();
				files = new TurnFiles(context.client(), context, later ? DAY_SECONDS : HOUR_SECONDS);
				try {
					if (known.isOrdered) await awaitPrevious(sent, context);
					const prepared = inputs && (await files.prepare(inputs));
					const started = performance.now();
					const send = later ? beginTurn : sendTurn;
					const whole = { ...sent, inputs: prepared };
					const reply = await askTurn<BegunTurn | TurnAnswer>(
						send,
						whole,
						known.lastImage,
						began,
						context,
					);
					const { answer, warnings: said, restartedFrom } = reply;
					if (!('images' in answer)) {
						if (!placing) throw badAnswer('empty_answer');
						return await placing.place(id, answer, files.handOver(), restartedFrom, said);
					}
					return await read(asked, { ...reply, answer, warnings: [...gone, ...said] }, started);
				} catch (error) {
					await clean();
					throw toGptImageError(error);
				}
			},
			resume: async (responseId, id) => {
				if (placing) {
					const begun = { responseId, status: 'in_progress', createdAt: null };
					return await placing.place(id, begun, [], undefined, []);
				}
				const started = performance.now();
				const reply = await fetchBegun(sent, responseId, context);
				if ('gone' in reply) {
					gone.push(reply.gone);
					return undefined;
				}
				return await read(subject, reply, started);
			},
			finish: async (part, purchase) => {
				// A gateway may have answered at once.
				if (placing && part.facts.order !== undefined) return await placing.finish(part, purchase);
				const output = await finishTurn(subject, part, purchase);
				return { ...output, warnings: [...(await clean()), ...output.warnings] };
			},
			preview: async () => [await previewTurn(subject)],
		};
	};
	const { most, least } = allowances(turn.webSearch);
	return callOf(most, callOf(least, undefined));
}
