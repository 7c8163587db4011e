/** What makes two picture wishes the same: the key under which the ledger keeps a paid picture. */
import { createHash } from 'node:crypto';
import type { EditInputs, InputImage, PictureRequest } from '../rules/request-types';

const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');

/** JSON whose text does not depend on the order in which keys were set. */
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

function inputFacts(image: InputImage): unknown {
	switch (image.kind) {
		case 'bytes':
			return { sha256: sha256(image.bytes) };
		case 'url':
			return { url: image.url };
		case 'fileId':
			return { fileId: image.fileId };
	}
}

/**
 * A digest of everything that shapes the picture: model, prompt, each parameter of the picture and
 * the content of all inputs. Left out on purpose: how many images were asked for in one call (image
 * 0 of 4 is image 0 of 2), partial frames, the safety identifier and warnings.
 * @param inputs the images, mask and markup of an edit
 * @param more further facts that change the result, e.g. the conversation's previous response or
 * the API's base URL; JSON-able, no secrets
 * @returns 64 hex digits; the same on every machine and in every process
 */
export function requestDigest(
	request: PictureRequest,
	inputs?: EditInputs,
	more?: Readonly<Record<string, unknown>>,
): string {
	return sha256(
		canonical({
			operation: request.operation,
			model: request.model,
			prompt: request.prompt,
			size: request.size,
			quality: request.quality,
			format: request.format,
			compression: request.compression,
			background: request.background,
			moderation: request.moderation,
			complexity: request.complexity,
			inputFidelity: request.inputFidelity,
			images: inputs?.images.map(inputFacts),
			mask: inputs?.mask && sha256(inputs.mask),
			markup: inputs?.markup && sha256(inputs.markup),
			more,
		}),
	);
}

/**
 * @param digest of the request, see {@link requestDigest}
 * @param index which of the request's images, 0 to n - 1
 * @returns 64 hex digits: the ledger's key for this one image
 */
export const imageFingerprint = (digest: string, index: number): string =>
	sha256(`${digest} ${index}`);
