import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Batch } from './nodes';

/** The least that anyone does who asks for images: fetch, parse, decode, hash, one write. */

interface Answer {
	readonly data: readonly [{ readonly b64_json: string }];
}

/** The request that both nodes send, as far as it matters here. */
export const imageCall = (url: string, prompt: string) =>
	({
		method: 'POST',
		url: `${url}/images/generations`,
		headers: { authorization: 'Bearer sk-bench', 'content-type': 'application/json' },
		body: JSON.stringify({
			model: 'gpt-image-2',
			prompt,
			n: 1,
			size: '1024x1024',
			quality: 'low',
			output_format: 'png',
		}),
	}) as const;

export async function askForText(url: string, prompt: string): Promise<string> {
	const { url: address, ...call } = imageCall(url, prompt);
	return await (await fetch(address, call)).text();
}

export function decode(text: string): Buffer {
	const parsed = JSON.parse(text) as Answer;
	return Buffer.from(parsed.data[0].b64_json, 'base64');
}

export async function parseDecodeHashWrite(text: string, file: string): Promise<void> {
	const bytes = decode(text);
	createHash('sha256').update(bytes).digest('hex');
	await fs.writeFile(file, bytes);
}

export async function runFloor(
	{ url, items, lanes, marker = '' }: Batch,
	folder: string,
): Promise<void> {
	let index = 0;
	const lane = async (): Promise<void> => {
		while (index < items) {
			const own = index++;
			const text = await askForText(url, `${marker} mug ${own}`);
			await parseDecodeHashWrite(text, path.join(folder, `floor-${own}.png`));
		}
	};
	await Promise.all(Array.from({ length: lanes }, lane));
}
