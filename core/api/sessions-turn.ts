import type { Dimensions } from '../rules/request-types';
import { isRecord } from '../rules/unknown';

/** One turn of a conversation as it is kept on disk; it never changes afterwards. */
export interface KeptTurn {
	readonly responseId: string;
	/** The response that it was asked to go on from; null when it began the conversation. */
	readonly askedFrom: string | null;
	/** Digest of all that was asked, by which a repeated run knows its own turn. */
	readonly digest: string;
	/** Counted from 1; null when it went on from a response that this node does not know. */
	readonly turn: number | null;
	/** Image calls of this turn, in order. */
	readonly imageCallIds: readonly string[];
	/** When it ended, milliseconds since 1970. */
	readonly at: number;
	/** The last picture of the conversation, made by this turn or an earlier one. */
	readonly picture: KeptTurnPicture | null;
	/** Every picture that the conversation has shown or made; null where the size is not known. */
	readonly images: ReadonlyArray<Dimensions | null>;
	/** What the chat model has read and written in this turn, as tokens; null when not reported. */
	readonly chatTokens: number | null;
}

export interface KeptTurnPicture extends Dimensions {
	/** Hex digest of the file. */
	readonly sha256: string;
	/** Its ending. */
	readonly format: string;
}

const textOr = <T>(value: unknown, fallback: T): string | T =>
	typeof value === 'string' && value !== '' ? value : fallback;
const countOr = <T>(value: unknown, fallback: T): number | T =>
	typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : fallback;

function dimensionsFrom(json: unknown): Dimensions | null {
	if (!isRecord(json)) return null;
	const width = countOr(json.width, 0);
	const height = countOr(json.height, 0);
	return width > 0 && height > 0 ? { width, height } : null;
}

function pictureFrom(json: unknown): KeptTurnPicture | null {
	const size = dimensionsFrom(json);
	if (!size || !isRecord(json)) return null;
	const { sha256, format } = json;
	// Both become part of a file's name.
	if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return null;
	if (typeof format !== 'string' || !/^[a-z]{3,4}$/.test(format)) return null;
	return { ...size, sha256, format };
}

/** @returns the turn that was written, perhaps by an older version; undefined when it is none */
export function keptTurnFrom(json: unknown): KeptTurn | undefined {
	if (!isRecord(json)) return undefined;
	const responseId = textOr(json.responseId, undefined);
	const digest = textOr(json.digest, undefined);
	const at = countOr(json.at, undefined);
	if (responseId === undefined || digest === undefined || at === undefined) return undefined;
	return {
		responseId,
		askedFrom: textOr(json.askedFrom, null),
		digest,
		turn: countOr(json.turn, null),
		imageCallIds: Array.isArray(json.imageCallIds)
			? json.imageCallIds.filter((id): id is string => typeof id === 'string')
			: [],
		at,
		picture: pictureFrom(json.picture),
		images: Array.isArray(json.images) ? json.images.map(dimensionsFrom) : [],
		chatTokens: countOr(json.chatTokens, null),
	};
}

/** @returns the turns of a session's document, oldest first */
export function turnsFrom(json: unknown): KeptTurn[] {
	if (!isRecord(json) || !Array.isArray(json.turns)) return [];
	return json.turns.flatMap((turn: unknown) => keptTurnFrom(turn) ?? []);
}
