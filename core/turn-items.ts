import { billOf, dryPicture, finishPicture } from './finish';
import type { ConversationFacts, Picture, Reply, TurnJob } from './job';
import type { Made } from './run';
import type { Course, Piece } from './turn-course';
import type { TurnFailure, TurnRecord } from './turn-record';

/** Makes items of what a turn brought: pictures, words, failures. */

const factsOf = (
	{ turn }: TurnJob,
	{ kept, chatModel, text, imageCallId }: TurnRecord,
): ConversationFacts => ({
	responseId: kept.responseId,
	imageCallId: imageCallId ?? null,
	chatModel,
	turn: kept.turn,
	...(turn.from.kind === 'session' ? { sessionKey: turn.from.sessionKey } : {}),
	...(text === '' ? {} : { text }),
});

export async function deliver<Item>(
	course: Course<Item>,
	pieces: readonly Piece[],
	warnings: readonly string[] = [],
): Promise<Made<Item>> {
	const { job, tools } = course;
	const items: Item[] = [];
	const failures: Array<TurnFailure & { readonly before: number }> = [];
	const failed = [...(pieces[0]?.record.failures ?? [])];
	for (const piece of pieces) {
		while (failed[0] && failed[0].position < piece.record.position) {
			failures.push({ ...failed[0], before: items.length });
			failed.shift();
		}
		const said = {
			...piece,
			raw: { ...piece.raw, warnings: [...warnings, ...piece.raw.warnings] },
		};
		items.push(await tools.deliver(job, await finishPiece(course, said, items.length)));
	}
	for (const failure of failed) failures.push({ ...failure, before: items.length });
	return {
		items,
		failures: failures.map(({ before, error }) => ({ before, error })),
		entries: pieces.flatMap(({ entry }) => (entry ? [entry] : [])),
	};
}

async function finishPiece<Item>(
	course: Course<Item>,
	piece: Piece,
	index: number,
): Promise<Picture | Reply> {
	const { job, inputs, estimate } = course;
	const { raw, record, range } = piece;
	const conversation = factsOf(job, record);
	const notes = [...job.turn.warnings, ...record.notes];
	if (record.count === 0) return reply(course, piece, notes);
	// Once the cost is known, nobody needs to hear why it could not be foretold.
	const { price } = estimate;
	const isKnown = raw.usd !== null;
	const told = isKnown ? { ...price, warnings: [] } : price;
	const picture = await finishPicture(job, inputs, raw, told, index);
	const { revisedPrompt } = record;
	return {
		...picture,
		...(revisedPrompt === undefined ? {} : { revisedPrompt }),
		index: index + 1,
		count: record.count,
		cost: range ? { ...picture.cost, estimatedUsd: range } : picture.cost,
		conversation,
		warnings: [...notes, ...picture.warnings],
	};
}

function reply<Item>(
	{ job, estimate }: Course<Item>,
	piece: Piece,
	notes: readonly string[],
): Reply {
	const { raw, record } = piece;
	const { request } = job;
	return {
		model: request.model,
		prompt: request.prompt,
		index: 0,
		count: 0,
		usage: raw.usage,
		...billOf(raw, estimate.price.usd),
		conversation: factsOf(job, record),
		warnings: [
			"The model answered without a picture: its words are in 'conversation.text'. Set 'Action' to generate to have a picture in any case.",
			...notes,
			...request.warnings,
			...raw.warnings,
		],
	};
}

/** A dry run: the price and a placeholder, nothing sent and nothing remembered. */
export async function rehearse<Item>({
	job,
	inputs,
	tools,
	before,
	estimate,
}: Course<Item>): Promise<Made<Item>> {
	const picture = await dryPicture(job, inputs, estimate.price, 0);
	const { turn } = job;
	const previous = before.previous?.turn ?? null;
	const conversation: ConversationFacts = {
		responseId: null,
		imageCallId: null,
		chatModel: turn.chatModel,
		turn: before.previousResponseId === undefined ? 1 : previous && previous + 1,
		...(turn.from.kind === 'session' ? { sessionKey: turn.from.sessionKey } : {}),
	};
	const warnings = [...turn.warnings, ...picture.warnings];
	const item = await tools.deliver(job, { ...picture, conversation, warnings });
	return { items: [item], entries: [] };
}
