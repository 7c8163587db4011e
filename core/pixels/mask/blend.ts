/** Blending and comparing decoded pixels. */

import type { Raw } from '../raw';
import { pieceOfPixels } from './pieces';

/**
 * Blends the answer over the original, in place. The original counts only as far as it is opaque, so
 * that colours hidden under transparency never show and a hole becomes as opaque as the answer is.
 * @param answer only an original with alpha takes over its alpha
 * @param weights one byte per pixel, 0 = original, 255 = answer
 */
export function blendInto(original: Raw, answer: Raw, weights: Uint8Array): void {
	const into = original.data;
	const from = answer.data;
	const { channels } = original;
	for (let pixel = 0; pixel < weights.length; pixel++) {
		const weight = weights[pixel] ?? 0;
		if (weight === 0) continue;
		const to = pixel * channels;
		const source = pixel * answer.channels;
		const alphaOf = channels === 4 ? (into[to + 3] ?? 255) : 255;
		const answerAlpha = channels === 4 && answer.channels === 4 ? (from[source + 3] ?? 255) : 255;
		const share = ((255 - weight) / 255) * (alphaOf / 255);
		const alpha = alphaOf * share + answerAlpha * (1 - share);
		const part = alpha > 0 ? (alphaOf * share) / alpha : 0;
		for (let channel = 0; channel < 3; channel++) {
			into[to + channel] = Math.round(
				(into[to + channel] ?? 0) * part + (from[source + channel] ?? 0) * (1 - part),
			);
		}
		if (channels === 4) into[to + 3] = Math.round(alpha);
	}
}

/** Some whole rows of an image: a view, not a copy. */
export function rowsOf({ data, width, channels }: Raw, top: number, height: number): Raw {
	const start = top * width * channels;
	return {
		data: data.subarray(start, start + height * width * channels),
		width,
		height,
		channels,
	};
}

export interface Difference {
	readonly compared: number;
	/** Of these, pixels that differ visibly. */
	readonly visible: number;
	/** Mean over the pixels of the largest difference of a channel, 0 to 255. */
	readonly mean: number;
	/** Largest difference of any channel, 0 to 255. */
	readonly largest: number;
}

/**
 * A channel's difference, 0 to 255, that one sees side by side. A redrawn image differs by a few
 * levels nearly everywhere, and so does one that was only scaled.
 */
export const visibleStep = 16;

/**
 * Compares two images of the same size. Colour counts as far as it is opaque.
 * @param preserve one byte per pixel, 255 where pixels are compared
 */
export function* difference(
	one: Raw,
	other: Raw,
	preserve: Uint8Array,
): Generator<void, Difference, void> {
	let compared = 0;
	let visible = 0;
	let sum = 0;
	let largest = 0;
	for (let pixel = 0; pixel < preserve.length; pixel++) {
		if (pixel % pieceOfPixels === 0) yield;
		if (preserve[pixel] !== 255) continue;
		const left = pixel * one.channels;
		const right = pixel * other.channels;
		const leftAlpha = one.channels === 4 ? (one.data[left + 3] ?? 255) : 255;
		const rightAlpha = other.channels === 4 ? (other.data[right + 3] ?? 255) : 255;
		let most = Math.abs(leftAlpha - rightAlpha);
		for (let channel = 0; channel < 3; channel++) {
			const a = (one.data[left + channel] ?? 0) * leftAlpha;
			const b = (other.data[right + channel] ?? 0) * rightAlpha;
			most = Math.max(most, Math.abs(a - b) / 255);
		}
		compared++;
		sum += most;
		if (most > visibleStep) visible++;
		if (most > largest) largest = most;
	}
	return { compared, visible, mean: compared > 0 ? sum / compared : 0, largest };
}
