import { randomBytes } from 'node:crypto';
import { readAnswer } from '../../../core/api/answer';

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
	const bytes = Buffer.from(text, 'utf8');
	for (let start = 0; start < bytes.length; start += size) {
		yield new Uint8Array(bytes.subarray(start, start + size));
	}
}

const pictures = [randomBytes(3000), randomBytes(3001), randomBytes(3002)];
const answer = JSON.stringify({
	created: 1,
	note: 'a "b64_json" in a text, and \\"b64_json\\":\\"AAAA',
	data: pictures.map((bytes) => ({
		b64_json: bytes.toString('base64'),
		revised_prompt: 'ähnlich',
	})),
	usage: { total_tokens: 3 },
});

it.each([1, 2, 7, 10, 64, 1000, 100_000])(
	'decodes an answer that arrives %d bytes at a time',
	async (size) => {
		const { json, images } = await readAnswer(inPieces(answer, size));
		expect(images).toHaveLength(3);
		images.forEach((image, index) =>
			expect(image.equals(pictures[index] ?? Buffer.alloc(0))).toBe(true),
		);
		expect(json).toMatchObject({
			note: 'a "b64_json" in a text, and \\"b64_json\\":\\"AAAA',
			data: [{ b64_json: '0', revised_prompt: 'ähnlich' }, { b64_json: '1' }, { b64_json: '2' }],
			usage: { total_tokens: 3 },
		});
	},
);

it.each([
	['escaped slashes', (base64: string) => base64.replaceAll('/', '\\/')],
	['broken lines', (base64: string) => base64.replaceAll(/.{76}/g, '$&\\r\\n')],
])('reads JSON with spaces and %s, as some gateways write it', async (_name, written) => {
	const base64 = written(pictures[0]?.toString('base64') ?? '');
	const text = `{ "data" : [ { "b64_json"  :\n "${base64}" } ] }`;
	for (const size of [1, 3, 5000]) {
		const { images } = await readAnswer(inPieces(text, size));
		expect(images[0]?.equals(pictures[0] ?? Buffer.alloc(0))).toBe(true);
	}
});

it.each([
	['an HTML page', '<!DOCTYPE html><html><body>502</body></html>', 'answer_not_json'],
	['half a JSON text', '{"data": [', 'answer_not_json'],
	['nothing', '', 'answer_not_json'],
	['a picture cut off', '{"data":[{"b64_json":"AAAAAAAA', 'connection_lost'],
])('refuses %s', async (_name, text, code) => {
	await expect(readAnswer(inPieces(text, 5))).rejects.toMatchObject({ facts: { code } });
});

it('a null picture is no picture', async () => {
	const { json, images } = await readAnswer(inPieces('{"data":[{"b64_json": null}]}', 4));
	expect(images).toEqual([]);
	expect(json).toEqual({ data: [{ b64_json: null }] });
});

it.each([
	['characters that are not base64', 'AA%AA#AA'],
	['one wrong character', `${'A'.repeat(399)}!`],
	['an escape that is no base64', 'AA\tAAAA'],
	['nothing', ''],
])('a picture of %s has no bytes, and the others stay', async (_name, broken) => {
	const good = pictures[0] ?? Buffer.alloc(1);
	const text = JSON.stringify({
		data: [{ b64_json: broken }, { b64_json: good.toString('base64') }],
	});
	const { images } = await readAnswer(inPieces(text, 5));
	expect(images.map((image) => image.length)).toEqual([0, good.length]);
});

it.each([0, 1, 2_999, 3_000, 1_000_000])(
	'decodes pictures of which %d bytes were expected',
	async (expected) => {
		const { images } = await readAnswer(inPieces(answer, 1000), expected);
		expect(images.map((image, index) => image.equals(pictures[index] ?? Buffer.alloc(0)))).toEqual([
			true,
			true,
			true,
		]);
	},
);

it('gives decoded pieces back, but not parts of a buffer that holds more', async () => {
	const bytes = Buffer.from(answer, 'utf8');
	const whole: Uint8Array[] = [];
	const parts: Uint8Array[] = [];
	async function* pieces(): AsyncGenerator<Uint8Array> {
		for (let start = 0; start < bytes.length; start += 1000) {
			const part = bytes.subarray(start, start + 1000);
			const isPart = start % 2000 === 0;
			const piece = isPart ? part : new Uint8Array(part);
			(isPart ? parts : whole).push(piece);
			yield piece;
		}
	}
	const { images } = await readAnswer(pieces());
	expect(images.map((image) => image.length)).toEqual([3000, 3001, 3002]);
	expect(whole.filter((piece) => piece.length === 0).length).toBeGreaterThan(3);
	expect(parts.filter((piece) => piece.length === 0)).toEqual([]);
	expect(bytes.toString('utf8')).toBe(answer);
});
