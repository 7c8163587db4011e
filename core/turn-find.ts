import { imageFingerprint } from './money/fingerprint';
import { wishAt, type BegunCall, type KeptPicture, type Reservation as Mark } from './money/ledger';
import { readRecord, warningsOf } from './record';
import type { TurnJob } from './job';
import type { Course, Piece } from './turn-course';
import { readTurnRecord, type TurnRecord } from './turn-record';
import { turnDigest } from './turn-state';

/** Looks for a turn that is paid already. */

export interface Found {
	readonly pieces: readonly Piece[];
	readonly warnings: readonly string[];
	/** Marks of the calls that the warnings tell of: to be released once the turn is kept. */
	readonly lostCalls: Mark;
	/** A response that an earlier run began and did not get. */
	readonly begun?: BegunCall;
}

/**
 * The names under which the turn may be known. A run that is repeated finds its session already
 * advanced by its own first try, so the session's turns that asked the same come first, oldest first.
 */
function digestsOf<Item>({ before, wish }: Course<Item>) {
	const own = before.history
		.filter(({ digest, askedFrom }) => digest === turnDigest(wish, askedFrom))
		.map(({ digest }) => ({ digest, copies: false }));
	const next = turnDigest(wish, before.previousResponseId ?? null);
	return [...own.filter(({ digest }) => digest !== next), { digest: next, copies: true }];
}

/** @returns the turn's items of an earlier try of this execution whose pictures could not be kept */
export function findInHand<Item>(course: Course<Item>): Item[] {
	const { unkept } = course.tools;
	for (const { digest } of digestsOf(course)) {
		const items: Item[] = [];
		for (let index = 0; ; index++) {
			const item = unkept.get(wishAt(course.place, imageFingerprint(digest, index)));
			if (item === undefined) break;
			items.push(item);
		}
		if (items.length > 0) return items;
	}
	return [];
}

/** Looks for the turn in the ledger. */
export async function findKept<Item>(course: Course<Item>): Promise<Found> {
	const { tools, place } = course;
	const warnings: string[] = [];
	const files: string[] = [];
	const told = { warnings, lostCalls: { files } };
	for (const { digest, copies } of digestsOf(course)) {
		const taken = await tools.ledger.take(imageFingerprint(digest, 0), place, copies);
		warnings.push(...taken.warnings);
		files.push(...taken.lostCalls.files);
		const record = taken.picture && readTurnRecord(taken.picture.record);
		if (taken.picture && record) {
			return { pieces: await takeOthers(course, digest, copies, taken.picture, record), ...told };
		}
		if (taken.begun) return { pieces: [], ...told, begun: taken.begun };
	}
	return { pieces: [], ...told };
}

async function takeOthers<Item>(
	{ job, tools, place, before }: Course<Item>,
	digest: string,
	copies: boolean,
	first: KeptPicture,
	record: TurnRecord,
): Promise<Piece[]> {
	const pieces = [keptPiece(job, first, record)];
	const missing: number[] = [];
	for (let index = 1; index < record.count; index++) {
		const fingerprint = imageFingerprint(digest, index);
		const { picture } = await tools.ledger.take(fingerprint, place, copies);
		const its = picture && readTurnRecord(picture.record);
		if (picture && its) pieces.push(keptPiece(job, picture, its));
		else missing.push(index + 1);
	}
	// A crash may have come between keeping the pictures and remembering the turn.
	const isKnown = before.history.some(({ responseId }) => responseId === record.kept.responseId);
	const last = pieces.at(-1)?.raw.bytes;
	const kept = isKnown
		? []
		: await tools.sessions.keep(before.session, record.kept, record.count > 0 ? last : undefined);
	const lost =
		missing.length > 0
			? [
					`Of the turn's ${record.count} pictures these are not kept any more: ${missing.join(', ')}`,
				]
			: [];
	return pieces.map((piece) => ({
		...piece,
		raw: { ...piece.raw, warnings: [...piece.raw.warnings, ...kept, ...lost] },
	}));
}

const keptPiece = (
	job: TurnJob,
	{ bytes, sha256, record, entry }: KeptPicture,
	its: TurnRecord,
): Piece => ({
	raw: {
		...readRecord(record, job.request),
		bytes,
		sha256,
		partials: [],
		reused: true,
		// A copy's own call was told of when it was made.
		warnings: entry ? warningsOf(record) : [],
	},
	record: its,
	range: undefined,
	entry,
});
