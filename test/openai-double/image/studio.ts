import { createHash, randomBytes, type Hash } from 'node:crypto';
import sharp from 'sharp';
import { sha256 } from '../journal';
import type { Size } from '../rules/sizes';
import { draw, encode, type Canvas, type Order } from './draw';
import { afterHeader, insert, pngChunk, withProvenance } from './provenance';

/** A finished image, ready to be put into an answer. */
export interface Image {
	/** The base64 text, in pieces that need only be joined. */
	base64: Buffer[];
	sha256: string;
}

/** The bytes of a finished image. */
export function fileOf({ base64 }: Image): Buffer {
	return Buffer.from(Buffer.concat(base64).toString('latin1'), 'base64');
}

/** Who made the image: written into its provenance. */
export interface Source {
	model: string;
	serial: number;
}

export async function fullImage(order: Order, source: Source, canvas?: Canvas): Promise<Image> {
	return finish(await draw(order, canvas), order, source);
}

function finish(bytes: Buffer, order: Order, source: Source): Image {
	const file = withProvenance(bytes, order.format, {
		...source,
		size: order.size,
		alpha: order.transparent,
	});
	return { base64: [Buffer.from(file.toString('base64'))], sha256: sha256(file) };
}

const flat = new Map<string, Promise<Buffer>>();

/** An image of one colour, encoded once per size and format: no CPU to speak of. */
export async function plainImage(order: Order, source: Source): Promise<Image> {
	if (order.format === 'svg') return await fullImage(order, source);
	const { size, format, compression, transparent, gif } = order;
	const key = JSON.stringify([size, format, compression, transparent, gif]);
	const encoded = flat.get(key) ?? draw(order, async () => plain(size));
	flat.set(key, encoded);
	return finish(await encoded, order, source);
}

const plain = ({ width, height }: Size) =>
	sharp({
		create: { width, height, channels: 4, background: { r: 74, g: 110, b: 150, alpha: 1 } },
	});

interface BigFile {
	base64: Buffer;
	digest: Hash;
}
const big = new Map<string, Promise<BigFile>>();

/**
 * A valid PNG of that many megabytes. All but its tail is made, encoded and hashed once per size;
 * the tail with the serial makes each file its own. So a bench measures the client, not the double.
 */
export async function bigImage(order: Order, source: Source, megabytes: number): Promise<Image> {
	const { size, transparent } = order;
	const key = JSON.stringify([size, transparent, megabytes]);
	const file = big.get(key) ?? makeBig(order, megabytes);
	big.set(key, file);
	const { base64, digest } = await file;
	const tail = Buffer.concat([
		pngChunk('tEXt', Buffer.from(`Serial\0${source.serial}`)),
		pngChunk('IEND', Buffer.alloc(0)),
	]);
	return {
		base64: [base64, Buffer.from(tail.toString('base64'))],
		sha256: digest.copy().update(tail).digest('hex'),
	};
}

async function makeBig({ size, transparent }: Order, megabytes: number): Promise<BigFile> {
	const png = await encode(plain(size), { format: 'png', compression: 100, transparent });
	const marked = withProvenance(png, 'png', {
		model: 'double',
		serial: 0,
		size,
		alpha: transparent,
	});
	const body = marked.subarray(0, -12);
	// Base64 pieces can only be joined where the bytes before are a multiple of three.
	const missing = Math.max(12, Math.round(megabytes * 2 ** 20) - body.length);
	const odd = (body.length + missing) % 3;
	const head = insert(body, afterHeader, padding(missing + ((3 - odd) % 3)));
	return {
		base64: Buffer.from(head.toString('base64')),
		digest: createHash('sha256').update(head),
	};
}

/** That many bytes (12 or more) of private chunks of noise, each below what decoders accept. */
function padding(bytes: number): Buffer {
	const chunks: Buffer[] = [];
	let left = bytes;
	while (left > 0) {
		const length = left < 2_000_024 ? left : 1_000_012;
		chunks.push(pngChunk('noIs', randomBytes(length - 12)));
		left -= length;
	}
	return Buffer.concat(chunks);
}
