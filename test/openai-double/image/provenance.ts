import { crc32 } from 'node:zlib';
import type { Size } from '../rules/sizes';

/**
 * A C2PA-like manifest store (JUMBF boxes with a JSON assertion, unsigned). `serial` makes the
 * bytes of every image its own, as signatures and time stamps do with the real ones.
 */
function manifest(model: string, serial: number): Buffer {
	const assertion = JSON.stringify({
		actions: [
			{
				action: 'c2pa.created',
				softwareAgent: { name: 'OpenAI-API', version: 'local double' },
				digitalSourceType: 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia',
			},
		],
		model,
		serial,
	});
	const actions = superbox('6a736f6e', 'c2pa.actions', box('json', Buffer.from(assertion)));
	const claim = superbox('63326d61', `urn:c2pa:double-${serial}`, actions);
	return superbox('63327061', 'c2pa', claim);
}

function box(type: string, payload: Buffer): Buffer {
	const head = Buffer.alloc(8);
	head.writeUInt32BE(8 + payload.length, 0);
	head.write(type, 4, 'latin1');
	return Buffer.concat([head, payload]);
}

function superbox(kind: string, label: string, content: Buffer): Buffer {
	const description = Buffer.concat([
		Buffer.from(`${kind}00110010800000aa00389b71`, 'hex'),
		Buffer.from([3]),
		Buffer.from(`${label}\0`),
	]);
	return box('jumb', Buffer.concat([box('jumd', description), content]));
}

/** The image file with a manifest in its container; GIF and SVG come back as they are. */
export function withProvenance(
	bytes: Buffer,
	format: string,
	source: { model: string; serial: number; size: Size; alpha: boolean },
): Buffer {
	const data = manifest(source.model, source.serial);
	if (format === 'png') return insert(bytes, afterHeader, pngChunk('caBX', data));
	if (format === 'jpeg') return insert(bytes, afterJfif(bytes), jpegSegment(data));
	if (format === 'webp') return webpWithChunk(bytes, data, source.size, source.alpha);
	return bytes;
}

/** Where the first chunk after a PNG's IHDR begins. */
export const afterHeader = 33;

export function insert(bytes: Buffer, at: number, part: Buffer): Buffer {
	return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
}

export function pngChunk(type: string, data: Buffer): Buffer {
	const chunk = Buffer.alloc(12 + data.length);
	chunk.writeUInt32BE(data.length, 0);
	chunk.write(type, 4, 'latin1');
	data.copy(chunk, 8);
	chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
	return chunk;
}

function afterJfif(bytes: Buffer): number {
	return bytes.readUInt16BE(2) === 0xffe0 ? 4 + bytes.readUInt16BE(4) : 2;
}

function jpegSegment(data: Buffer): Buffer {
	const head = Buffer.alloc(12);
	head.writeUInt16BE(0xffeb, 0);
	head.writeUInt16BE(10 + data.length, 2);
	head.write('JP', 4, 'latin1');
	head.writeUInt16BE(1, 6);
	head.writeUInt32BE(1, 8);
	return Buffer.concat([head, data]);
}

function webpWithChunk(bytes: Buffer, data: Buffer, size: Size, alpha: boolean): Buffer {
	const chunks = bytes.subarray(12);
	const extended =
		chunks.toString('latin1', 0, 4) === 'VP8X'
			? Buffer.alloc(0)
			: riffChunk('VP8X', extendedHeader(size, alpha));
	const body = Buffer.concat([Buffer.from('WEBP'), extended, chunks, riffChunk('C2PA', data)]);
	const head = Buffer.alloc(8);
	head.write('RIFF', 0, 'latin1');
	head.writeUInt32LE(body.length, 4);
	return Buffer.concat([head, body]);
}

function extendedHeader({ width, height }: Size, alpha: boolean): Buffer {
	const header = Buffer.alloc(10);
	header.writeUInt8(alpha ? 0x10 : 0, 0);
	header.writeUIntLE(width - 1, 4, 3);
	header.writeUIntLE(height - 1, 7, 3);
	return header;
}

function riffChunk(type: string, data: Buffer): Buffer {
	const head = Buffer.alloc(8);
	head.write(type, 0, 'latin1');
	head.writeUInt32LE(data.length, 4);
	return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}
