import { createHash } from 'node:crypto';
import type { KeptTurn, SessionName, Sessions } from './api/sessions';
import { sessionDigest } from './api/sessions';
import type { PreparedTurn } from './attachments';
import type { TurnContext } from './money/estimate-turn';
import { requestDigest } from './money/fingerprint';
import type { Place } from './money/ledger';
import { nothingToEdit } from './rules/conversation';
import type { Continuation, InputDocument, Turn } from './rules/conversation-types';
import type { PictureRequest } from './rules/request-types';

/** What a turn goes on from: the conversation as this node knows it before the turn is sent. */

export interface Before {
	/** Undefined when the turn begins a conversation. */
	readonly previousResponseId: string | undefined;
	/** What is known of that response; undefined when this node did not make it. */
	readonly previous: KeptTurn | undefined;
	/** Turns of the session, oldest first, also those before a reset. */
	readonly history: readonly KeptTurn[];
	readonly session: { readonly name: SessionName; readonly reset: boolean } | undefined;
}

/** @returns the session that a turn belongs to, if it is one of a session */
export const sessionOf = (from: Continuation, { workflowId }: Place): SessionName | undefined =>
	from.kind === 'session' ? { workflowId, sessionKey: from.sessionKey } : undefined;

/** @throws GptImageError `storage_*` when the session cannot be read */
export async function stateBefore(
	{ from }: Turn,
	place: Place,
	sessions: Sessions,
): Promise<Before> {
	if (from.kind === 'response') {
		const previous = await sessions.turn(from.responseId);
		const { responseId } = from;
		return { previousResponseId: responseId, previous, history: [], session: undefined };
	}
	const name = sessionOf(from, place);
	const history = name ? await sessions.turnsOf(name) : [];
	const reset = from.kind === 'session' && from.reset;
	const previous = reset ? undefined : history.at(-1);
	return {
		previousResponseId: previous?.responseId,
		previous,
		history,
		session: name && { name, reset },
	};
}

/** @throws invalid_parameter when an edit is asked for and it is known that there is no picture */
export function checkEditable(turn: Turn, before: Before, inputs: PreparedTurn | undefined): void {
	const { previousResponseId, previous } = before;
	const isUnknown = previousResponseId !== undefined && previous === undefined;
	const hasPicture =
		turn.imageCallId !== undefined ||
		(inputs?.images.length ?? 0) > 0 ||
		(previous?.images.length ?? 0) > 0;
	if (turn.action === 'edit' && !hasPicture && !isUnknown) throw nothingToEdit(turn);
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

const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');

const documentFacts = (document: InputDocument): unknown =>
	document.kind === 'bytes' ? { sha256: sha256(document.bytes) } : document;

/**
 * A digest of everything that shapes the turn, except what it goes on from.
 * @param baseUrl of the API
 */
export function wishDigest(
	request: PictureRequest,
	turn: Turn,
	inputs: PreparedTurn | undefined,
	session: SessionName | undefined,
	baseUrl: string | undefined,
): string {
	return requestDigest(request, inputs, {
		baseUrl,
		chatModel: turn.chatModel,
		action: turn.action,
		instructions: turn.instructions,
		reasoningEffort: turn.reasoningEffort,
		webSearch: turn.webSearch,
		imageCallId: turn.imageCallId,
		documents: inputs?.documents.map(documentFacts),
		session: session && sessionDigest(session),
	});
}

/**
 * The digest of a turn: the same wish after another response is another turn.
 * @param wish see {@link wishDigest}
 */
export const turnDigest = (wish: string, askedFrom: string | null): string =>
	sha256(`${wish} ${askedFrom ?? ''}`);
