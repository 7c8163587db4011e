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

it('reads JSON with spaces and escaped slashes, as some gateways write it', async () => {
	const base64 = pictures[0]?.toString('base64') ?? '';
	const text = `{ "data" : [ { "b64_json"  :\n "${base64.replaceAll('/', '\\/')}" } ] }`;
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
	['nothing', ''],
])('a picture of %s has no bytes, and the others stay', async (_name, broken) => {
	const good = pictures[0] ?? Buffer.alloc(1);
	const text = JSON.stringify({
		data: [{ b64_json: broken }, { b64_json: good.toString('base64') }],
	});
	const { images } = await readAnswer(inPieces(text, 5));
	expect(images.map((image) => image.length)).toEqual([0, good.length]);
});
