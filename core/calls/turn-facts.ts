import type { Facts, Purchase } from '../job';
import type { TurnContext } from '../pricing/estimate-turn';
import { nothingToEdit } from '../rules/conversation';
import type { Turn } from '../rules/conversation-types';
import type { Dimensions, InputImage } from '../rules/request-types';
import type { PreparedTurn } from './attachments';

/** What is known of a conversation: kept with each turn, and read by the next. */

export interface TurnFacts {
	/** Digest of the whole request, except what it continued from. */
	readonly params: string;
	/** The response that it continued from; null when it began the conversation. */
	readonly askedFrom: string | null;
	/** Counted from 1; null when it continued from a response that this store does not know. */
	readonly turn: number | null;
	/** Every image of the conversation so far; null where the size is unknown. */
	readonly images: Sizes;
	/** The chat model's tokens in this turn, input and output; null when not reported. */
	readonly chatTokens: number | null;
	/** The mainline model as the response named it. */
	readonly chatModel: string;
}

export interface Before {
	/** Undefined when the turn begins a conversation. */
	readonly previousResponseId: string | undefined;
	/** What is known of that response; undefined when this store does not know it. */
	readonly previous: TurnFacts | undefined;
	/** The conversation's last image, if it is still kept. */
	readonly lastImage: Buffer | undefined;
	/** Whether it was ordered, and OpenAI may still be working on it. */
	readonly isOrdered: boolean;
}

/** @returns what was kept of a turn; undefined where nothing came of it */
export const turnIn = (facts: Facts | undefined) => facts?.turn as TurnFacts | undefined;

const turnOf = ({ parts }: Purchase): TurnFacts | undefined => turnIn(parts[0]?.facts);

/** Whether nothing came of a turn that was ordered: the conversation goes on from the one before. */
const hasFailed = (turn: Purchase): boolean =>
	turn.parts[0]?.facts.error !== undefined && turnOf(turn) === undefined;

/** @param history of the session, or the response that the turn continues from */
export function before({ from }: Turn, history: readonly Purchase[]): Before {
	const isNew = from.kind === 'new' || (from.kind === 'session' && from.reset);
	const turns = isNew ? [] : history.filter((turn) => turn.isOwed !== true && !hasFailed(turn));
	const last = turns.at(-1);
	const parts = turns.flatMap((purchase) => purchase.parts);
	return {
		previousResponseId: from.kind === 'response' ? from.responseId : last?.responseId,
		previous: last && turnOf(last),
		isOrdered: last?.parts[0]?.facts.line !== undefined,
		lastImage: parts.findLast(({ bytes }) => bytes !== undefined)?.bytes,
	};
}

/**
 * The same message after another response is another turn, except where it was paid for and not
 * delivered: a repeated run may find that its session has continued in the meantime.
 * @param params see `TurnFacts`
 * @returns the previous response in the turn's key
 */
export function askedFrom(
	params: string,
	{ previousResponseId }: Before,
	history: readonly Purchase[],
): string | null {
	const same = history.find((purchase) => purchase.isOwed && turnOf(purchase)?.params === params);
	return same ? (turnOf(same)?.askedFrom ?? null) : (previousResponseId ?? null);
}

/** @throws invalid_parameter when an edit is asked for and it is known that there is no image */
export function checkEditable(
	turn: Turn,
	{ previousResponseId, previous }: Before,
	inputs: PreparedTurn | undefined,
): void {
	const isUnknown = previousResponseId !== undefined && previous === undefined;
	const hasImage =
		turn.imageCallId !== undefined ||
		(inputs?.images.length ?? 0) > 0 ||
		(previous?.images.length ?? 0) > 0;
	if (turn.action === 'edit' && !hasImage && !isUnknown) throw nothingToEdit(turn);
}

/** @returns what the price of the turn depends on */
export function priceContext(
	turn: Turn,
	{ previousResponseId, previous }: Before,
	inputs: PreparedTurn | undefined,
): TurnContext {
	const named = turn.imageCallId === undefined ? [] : (['unknown'] as const);
	const known = previous?.images.map((image) => image ?? ('unknown' as const));
	return {
		attached: (inputs?.images ?? []).map((image) => (image.kind === 'bytes' ? image : 'unknown')),
		documents: inputs?.documents.length ?? 0,
		earlier: previousResponseId === undefined ? named : known,
		chatTokens: previousResponseId === undefined ? 0 : (previous?.chatTokens ?? undefined),
	};
}

/** @returns which turn of its conversation it is */
export function turnNumber({
	previousResponseId,
	previous,
}: Pick<Before, 'previousResponseId' | 'previous'>): number | null {
	if (previousResponseId === undefined) return 1;
	return previous?.turn ? previous.turn + 1 : null;
}

/** Of images; null where one is not known here. */
export type Sizes = ReadonlyArray<Dimensions | null>;

export const sizesOf = (images: readonly InputImage[]): Sizes =>
	images.map((image) =>
		image.kind === 'bytes' ? { width: image.width, height: image.height } : null,
	);

/** Images of a conversation whose sizes are remembered: twice what the image model takes. */
const IMAGES_REMEMBERED = 32;

/**
 * @param made sizes of the turn's own images
 * @param restartedFrom the images that the conversation was restarted with; undefined if it was not
 */
export function imagesAfter(
	{ previous }: Pick<Before, 'previous'>,
	attached: Sizes,
	made: ReadonlyArray<Dimensions | undefined>,
	restartedFrom: Sizes | undefined,
): Sizes {
	const earlier = restartedFrom ?? previous?.images ?? [];
	return [...earlier, ...attached, ...made.map((size) => size ?? null)]
		.map((image) => image && { width: image.width, height: image.height })
		.slice(-IMAGES_REMEMBERED);
}
