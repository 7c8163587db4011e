import { GptImageError } from './errors';
import { keptTurnFrom, type KeptTurn } from './api/sessions-turn';
import type { PictureRecord } from './money/ledger';
import { isRecord, textOf } from './rules/unknown';

/**
 * What the ledger keeps of a turn's pictures beside what it keeps of every picture. With it a
 * repeated run gives the same items and knows the conversation, without asking OpenAI.
 */
export interface TurnRecord {
	/** The turn as its conversation remembers it. */
	readonly kept: KeptTurn;
	/** The mainline model as the response named it. */
	readonly chatModel: string;
	/** What the model said; empty when nothing. */
	readonly text: string;
	/** Pictures of the turn; 0 when the model only talked. */
	readonly count: number;
	/** Of this picture; undefined for words alone. */
	readonly imageCallId: string | undefined;
	readonly revisedPrompt: string | undefined;
	/** Image calls before this picture's, also failed ones. */
	readonly position: number;
	readonly failures: readonly TurnFailure[];
	/** What happened to the conversation, for every item of the turn. */
	readonly notes: readonly string[];
}

/** An image call that came to nothing. */
export interface TurnFailure {
	/** Which of the turn's image calls, from 0. */
	readonly position: number;
	readonly error: GptImageError;
}

/** @returns the record's part, JSON-able; prompts are under names that the ledger can leave out */
export function writeTurnRecord(record: TurnRecord): PictureRecord {
	const { failures, ...facts } = record;
	return {
		...facts,
		failures: failures.map(({ position, error: { message, facts: of } }) => {
			const { cause: _cause, ...known } = of;
			return { position, message, facts: known };
		}),
	};
}

const countOf = (value: unknown): number =>
	typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;

function failureFrom(json: unknown): TurnFailure[] {
	if (!isRecord(json) || !isRecord(json.facts)) return [];
	const { facts } = json;
	const error = new GptImageError(textOf(json.message) ?? 'The image call failed', {
		code: textOf(facts.code) ?? 'image_call_failed',
		advice: textOf(facts.advice) ?? '',
		type: textOf(facts.type),
		param: textOf(facts.param),
		requestId: textOf(facts.requestId),
		retryable: facts.retryable === true,
		billed: facts.billed === 'no' || facts.billed === 'yes' ? facts.billed : 'possibly',
	});
	return [{ position: countOf(json.position), error }];
}

/** @returns what was written, perhaps by an older version; undefined when it is no turn's record */
export function readTurnRecord(json: unknown): TurnRecord | undefined {
	const kept = isRecord(json) ? keptTurnFrom(json.kept) : undefined;
	if (!isRecord(json) || !kept) return undefined;
	return {
		kept,
		chatModel: textOf(json.chatModel) ?? '',
		text: textOf(json.text) ?? '',
		count: countOf(json.count),
		imageCallId: textOf(json.imageCallId),
		revisedPrompt: textOf(json.revisedPrompt),
		position: countOf(json.position),
		failures: Array.isArray(json.failures) ? json.failures.flatMap(failureFrom) : [],
		notes: Array.isArray(json.notes)
			? json.notes.filter((note): note is string => typeof note === 'string')
			: [],
	};
}
