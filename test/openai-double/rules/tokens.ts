import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import type { ImageModel } from './models';
import { gifSheets, type Size } from './sizes';

/** What was asked and found, as far as it decides the number of tokens. */
export interface Counted {
	model: ImageModel;
	prompt: string;
	quality: string;
	/** The quality was left to the model. */
	autoQuality: boolean;
	size: Size;
	gifFrames?: number;
	inputs: readonly Size[];
	inputFidelity: string;
	n: number;
	partialsSent: number;
}

export interface TokenCount {
	textIn: number;
	imageIn: number;
	imageOut: number;
	textOut: number;
}

const tokensOfPartial = 100;

/** Tokens of the whole request: n images are billed as n calls, input included. */
export function countTokens(counted: Counted): TokenCount {
	const { model, n } = counted;
	const textIn = textTokens(counted.prompt) + overhead(counted);
	const imageIn = counted.inputs.reduce(
		(sum, size) => sum + inputTokens(model, size, counted.inputFidelity),
		0,
	);
	return {
		textIn: n * textIn,
		imageIn: n * imageIn,
		imageOut: n * outputTokens(counted) + counted.partialsSent * tokensOfPartial,
		textOut: model.textOutput ? n * (40 + textIn) : 0,
	};
}

export function textTokens(text: string): number {
	return encode(text, { allowedSpecial: 'all' }).length;
}

/** Wrapper text around the prompt: 6 tokens for a generation; for edits as far as was measured. */
function overhead({ inputs, size }: Counted): number {
	if (inputs.length === 0) return 6;
	return 15 + 22 * (inputs.length - 1) + (size.width === size.height ? 0 : 7);
}

function outputTokens(counted: Counted): number {
	const { model, quality, autoQuality } = counted;
	if (!model.freeSizes) return legacyTokens(quality, counted.size);
	const size =
		counted.gifFrames === undefined
			? counted.size
			: (gifSheets(counted.size, counted.gifFrames)[0] ?? counted.size);
	if (model.family === '2') return formula({ low: 16, medium: 48, high: 96 }[quality] ?? 48, size);
	// Left to itself, 2.5 was seen to bill a count of no tier (781 as "medium"), 2.6 Flare about 5,800.
	if (autoQuality && quality === 'medium') return formula(32, size);
	if (autoQuality && quality === 'max') return formula(87, size);
	const tokens = formula(
		{ low: 16, medium: 24, high: 48, xhigh: 64, max: 96 }[quality] ?? 24,
		size,
	);
	if (model.family === '2.5') return tokens;
	return Math.round(tokens * (quality === 'low' || quality === 'medium' ? 3.5 : 0.986));
}

function formula(base: number, { width, height }: Size): number {
	const short = base / (Math.max(width, height) / Math.min(width, height));
	const floor = Math.floor(short);
	const tie = short - floor === 0.5;
	const u = tie ? floor + (floor % 2) : Math.round(short);
	return Math.ceil((base * u * (2_000_000 + width * height)) / 4_000_000);
}

function legacyTokens(quality: string, { width, height }: Size): number {
	const shape = width === height ? 0 : width < height ? 1 : 2;
	const rows: Record<string, readonly [number, number, number]> = {
		low: [272, 408, 400],
		medium: [1056, 1584, 1568],
		high: [4160, 6240, 6208],
	};
	return rows[quality]?.[shape] ?? 0;
}

export function inputTokens(model: ImageModel, size: Size, fidelity: string): number {
	return model.freeSizes ? patches(size) : tiles(size, fidelity);
}

/** 32-pixel patches within a budget of 1,536. */
function patches(size: Size): number {
	let { width, height } = canvas(size);
	const longest = Math.max(width, height);
	if (longest < 1024) {
		const scale = Math.min(2, 1024 / longest);
		width = Math.round(width * scale);
		height = Math.round(height * scale);
	}
	if (count(width, height) <= 1536) return count(width, height);
	let scale = Math.sqrt((32 * 32 * 1536) / (width * height));
	const columns = (width * scale) / 32;
	const rows = (height * scale) / 32;
	scale *= Math.min(Math.floor(columns) / columns, Math.floor(rows) / rows);
	return count(Math.floor(width * scale), Math.floor(height * scale));
}

const count = (width: number, height: number): number =>
	Math.ceil(width / 32) * Math.ceil(height / 32);

/** The model sees no canvas slimmer than 1:3. */
function canvas({ width, height }: Size): Size {
	return { width: Math.max(width, height / 3), height: Math.max(height, width / 3) };
}

/** Shortest edge scaled to one tile, then tiles of that edge; high fidelity adds a fixed number. */
function tiles({ width, height }: Size, fidelity: string): number {
	const shortest = Math.min(width, height);
	const across = Math.ceil(width / shortest);
	const down = Math.ceil(height / shortest);
	const extra = fidelity !== 'high' ? 0 : width === height ? 4160 : 6240;
	return 65 + 129 * across * down + extra;
}

/**
 * What a chat model bills for an image at the detail `high`: patches of 32 pixels after the image was
 * made to fit into 2,048 pixels and the budget of patches (guide images-vision, 2026-09), at 1.2
 * tokens each, as billed.
 */
export function chatVisionTokens(model: string, { width, height }: Size): number {
	const budget = /-(?:mini|nano)$/.test(model) ? 1536 : 2500;
	const inside = Math.min(1, 2048 / Math.max(width, height));
	let [w, h] = [Math.round(width * inside), Math.round(height * inside)];
	if (Math.ceil(w / 32) * Math.ceil(h / 32) > budget) {
		const shrink = Math.sqrt((32 * 32 * budget) / (w * h));
		const [across, down] = [(w * shrink) / 32, (h * shrink) / 32];
		const scale = shrink * Math.min(Math.floor(across) / across, Math.floor(down) / down);
		[w, h] = [Math.floor(w * scale), Math.floor(h * scale)];
	}
	return Math.ceil(Math.ceil(w / 32) * Math.ceil(h / 32) * 1.2);
}
