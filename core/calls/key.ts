/** The key of a purchase: what makes two calls the same. */
import { createHash } from 'node:crypto';
import { inPieces } from '../pixels/mask/pieces';
import type { EditInputs, ImageRequest, InputFile } from '../rules/request-types';

export const sha256 = (data: Buffer | string): string =>
	createHash('sha256').update(data).digest('hex');

/** Inputs are part of the key of every call that is made with them. */
const digests = new WeakMap<Buffer, string>();

function digestOfInput(bytes: Buffer): string {
	const known = digests.get(bytes) ?? sha256(bytes);
	digests.set(bytes, known);
	return known;
}

/** Some milliseconds of work. */
const pieceOfBytes = 2 ** 22;

function* hashing(bytes: Buffer): Generator<void, string, void> {
	const hash = createHash('sha256');
	for (let at = 0; at < bytes.length; at += pieceOfBytes) {
		hash.update(bytes.subarray(at, at + pieceOfBytes));
		yield;
	}
	return hash.digest('hex');
}

/** Computes the digest of an input with pauses, so that no key that needs it blocks n8n. */
export async function prepareDigest(bytes: Buffer): Promise<void> {
	if (!digests.has(bytes)) digests.set(bytes, await inPieces(hashing(bytes)));
}

function canonical(value: unknown): string {
	return (
		JSON.stringify(value, (_key, inner: unknown) => {
			if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
			return Object.fromEntries(
				Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
			);
		}) ?? 'undefined'
	);
}

/** @returns 64 hex digits; the same on every machine and in every process */
export const digestOf = (value: unknown): string => sha256(canonical(value));

/** @returns what makes two inputs the same */
export function inputFacts(input: InputFile): unknown {
	if (input.kind === 'bytes') return { sha256: digestOfInput(input.bytes) };
	return input.kind === 'url' ? { url: input.url } : { fileId: input.fileId };
}

/**
 * A digest of everything that decides the answer. Left out on purpose: partial frames, the safety
 * identifier, warnings, the model's row, and the user's own prompt, which is part of the one sent.
 * @param more whatever else changes the result, e.g. the base URL; plain JSON, no secrets
 * @returns 64 hex digits; the same on every machine and in every process
 */
export function callKey(
	request: ImageRequest,
	inputs: (Pick<EditInputs, 'images'> & Partial<EditInputs>) | undefined,
	more: Readonly<Record<string, unknown>>,
): string {
	return digestOf({
		...request,
		...{ row: undefined, ownPrompt: undefined, warnings: undefined },
		...{ partialImages: undefined, safetyIdentifier: undefined },
		images: inputs?.images.map(inputFacts),
		mask: inputs?.mask && digestOfInput(inputs.mask),
		markup: inputs?.markup && digestOfInput(inputs.markup),
		more,
	});
}
