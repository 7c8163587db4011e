import { createHash } from 'node:crypto';
import { badAnswer } from './api/bad-answer';
import type { FailedPicture, TurnPicture } from './api/responses-answer';
import type { KeptTurn } from './api/sessions';
import { imageFingerprint } from './money/fingerprint';
import { formatOf, measure, type Measured } from './picture/measure';
import { moneyFacts, type PaidFacts } from './record';
import type { PaidTurn } from './turn-purchase';
import type { Course, Piece } from './turn-course';
import type { Found } from './turn-find';
import { writeTurnRecord, type TurnRecord } from './turn-record';
import { turnDigest } from './turn-state';

/** Makes a paid turn safe: its pictures in the ledger, then the turn in its conversation. */

/** Kept in the ledger in place of a picture, when a turn was answered in words. */
const wordsOnly = Buffer.from('This turn of a conversation was answered without a picture.\n');

/** The answer's pictures that are pictures; the others count as failed calls. */
function sortPictures({ answer }: PaidTurn): {
	readonly pictures: readonly TurnPicture[];
	readonly failures: readonly FailedPicture[];
} {
	const isBroken = ({ bytes }: TurnPicture) => formatOf(bytes) === undefined;
	const broken = answer.pictures.filter(isBroken).map(({ position, imageCallId }) => ({
		position,
		imageCallId,
		error: badAnswer('broken_image'),
	}));
	return {
		pictures: answer.pictures.filter((picture) => !isBroken(picture)),
		failures: [...answer.failures, ...broken].sort((a, b) => a.position - b.position),
	};
}

/** Never throws: what cannot be measured is kept all the same. */
const measured = async ({ bytes }: TurnPicture): Promise<Measured | undefined> =>
	await measure(bytes).catch(() => undefined);

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Pictures of a conversation whose sizes are remembered: twice what the image model takes. */
const IMAGES_REMEMBERED = 32;

async function rememberedTurn<Item>(
	{ before, wish, inputs }: Course<Item>,
	{ answer, restarted }: PaidTurn,
	pictures: readonly TurnPicture[],
): Promise<KeptTurn> {
	const { previous, previousResponseId } = before;
	const made: Array<Measured | undefined> = [];
	for (const picture of pictures) made.push(await measured(picture));
	const last = pictures.at(-1);
	const size = made.at(-1);
	const earlier = restarted ? [previous?.picture ?? null] : (previous?.images ?? []);
	const attached = (inputs?.images ?? []).map((image) => (image.kind === 'bytes' ? image : null));
	const images = [...earlier, ...attached, ...made.map((one) => one ?? null)];
	const total: unknown = Reflect.get(Object(answer.usage), 'total_tokens');
	const askedFrom = previousResponseId ?? null;
	const isFirst = askedFrom === null;
	return {
		responseId: answer.responseId,
		askedFrom,
		digest: turnDigest(wish, askedFrom),
		turn: isFirst ? 1 : previous?.turn ? previous.turn + 1 : null,
		imageCallIds: pictures.map(({ imageCallId }) => imageCallId),
		at: Date.now(),
		picture: last && size ? { ...size, sha256: sha256Of(last.bytes) } : (previous?.picture ?? null),
		images: images
			.map((image) => image && { width: image.width, height: image.height })
			.slice(-IMAGES_REMEMBERED),
		chatTokens: typeof total === 'number' ? total : null,
	};
}

/**
 * Puts the pictures of an answer into the ledger, then the turn into its session.
 * @param found what the items have to tell of earlier calls
 * @throws GptImageError when every image call has failed: there is nothing to keep then
 */
export async function keepTurn<Item>(
	course: Course<Item>,
	paid: PaidTurn,
	found: Found,
): Promise<Piece[]> {
	const { job, tools, place, before } = course;
	const { request } = job;
	const { answer, bill } = paid;
	const { pictures, failures } = sortPictures(paid);
	const [failure] = failures;
	if (pictures.length === 0 && failure) throw failure.error;
	const kept = await rememberedTurn(course, paid, pictures);
	const shared = {
		kept,
		chatModel: answer.chatModel,
		text: answer.text,
		count: pictures.length,
		failures,
		notes: paid.notes,
	};
	// Kept with the pictures: should this run fail, the one that gets them tells of the money too.
	const told = [...found.warnings, ...paid.warnings];
	const pieces: Piece[] = [];
	const parts: ReadonlyArray<TurnPicture | undefined> =
		pictures.length > 0 ? pictures : [undefined];
	for (const [index, picture] of parts.entries()) {
		const share = bill.shares[index];
		if (!share) break;
		const bytes = picture?.bytes ?? wordsOnly;
		const facts: PaidFacts = {
			model: request.model,
			quality: picture?.quality ?? request.quality,
			background: picture?.background ?? request.background,
			requestId: answer.requestId ?? null,
			attempts: paid.attempts,
			durationMs: paid.durationMs,
			...moneyFacts(share),
		};
		const record: TurnRecord = {
			...shared,
			imageCallId: picture?.imageCallId,
			revisedPrompt: picture?.revisedPrompt,
			position: picture?.position ?? 0,
		};
		const saved = await tools.ledger.keep(imageFingerprint(kept.digest, index), place, {
			bytes,
			record: {
				...facts,
				...writeTurnRecord(record),
				format: picture ? formatOf(bytes) : 'txt',
				prompt: request.prompt,
				warnings: told,
			},
		});
		pieces.push({
			raw: {
				...facts,
				bytes,
				sha256: saved.sha256,
				partials: picture?.partials ?? [],
				reused: false,
				warnings: [...told, ...saved.warnings],
			},
			record,
			range: bill.range,
			entry: saved.entry,
		});
	}
	await tools.ledger.release(found.lostCalls);
	// Whoever stopped it did not want it said; the run that uses its pictures makes it part of the session.
	if (tools.signal?.aborted) return pieces;
	const warnings = await tools.sessions.keep(before.session, kept, pictures.at(-1)?.bytes);
	return pieces.map((piece) => ({
		...piece,
		raw: { ...piece.raw, warnings: [...piece.raw.warnings, ...warnings] },
	}));
}
