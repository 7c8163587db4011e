import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { IBinaryData, IDataObject, INodeExecutionData, INodeType } from 'n8n-workflow';
import sharp from 'sharp';
import { GptImage } from '../../nodes/GptImage/GptImage.node';
import type { Double } from '../openai-double';
import { startNode, useBinaryMode } from './engine';
import { runGptImage, type NodeRun } from './gpt-image';
import { setUp } from './set-up';

/** Files that are not there, or are no files: refused in words that say what to do, unpaid. */

let double: Double;
let png: Buffer;
beforeAll(async () => {
	double = await setUp();
	png = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#9ab' } })
		.png()
		.toBuffer();
});
afterAll(async () => await double.close());
beforeEach(() => double.reset());

const binary = (bytes: Buffer, fileName = 'photo.png'): IBinaryData => ({
	data: bytes.toString('base64'),
	mimeType: 'image/png',
	fileName,
});
const noise = (length: number) => Buffer.from(Array.from({ length }, (_, at) => (at * 73) % 251));
const longText = (start: string) => `${start}${noise(90_000).toString('base64')}`;
const dataUrl = longText('data:image/png;base64,iVBORw0KGgo');

interface Refusal {
	error: string;
	advice: string;
	details: IDataObject;
}

/** Runs an edit of one item and expects it to fail, unpaid. */
async function refusal(
	parameters: IDataObject,
	item: INodeExecutionData,
	more: Partial<NodeRun> = {},
): Promise<Refusal> {
	const result = await runGptImage({
		baseUrl: double.url,
		items: [item],
		parameters: { operation: 'edit', prompt: 'autumn', quality: 'low', ...parameters },
		settings: { onError: 'continueRegularOutput' },
		...more,
	});
	expect(result.error).toBeUndefined();
	expect(double.journal).toHaveLength(0);
	const { error, details } = result.items[0]?.json as { error: string; details: IDataObject };
	const advice = String(details.advice);
	expect(details).toMatchObject({ code: 'invalid_parameter', billed: 'no', itemIndex: 0 });
	expect(`${error} ${advice}`).not.toContain('Please report this');
	expect(error.length).toBeLessThan(300);
	expect(advice.length).toBeLessThan(600);
	return { error, advice, details };
}

const list = (entry: IDataObject) => ({ images: { values: [entry] } });
const field = (name: unknown) => list({ source: 'field', field: name as string });

describe('text where a file, a field, an address or an ID is expected', () => {
	it.each([
		['a data URL', dataUrl, 'the text of a data URL'],
		['a data URL of an SVG', 'data:image/svg+xml;utf8,<svg/>', 'the text of a data URL'],
		['a PNG', longText('iVBORw0KGgo'), 'base64 text'],
		['a JPEG', longText('/9j/4AAQSkZJRg'), 'base64 text'],
		['a WebP', longText('UklGRiQAAABXRUJQ'), 'base64 text'],
		['a GIF', longText('R0lGODlhAQABAIAAAAUE'), 'base64 text'],
		['an AVIF', longText('AAAAIGZ0eXBhdmlm'), 'base64 text'],
		['a PDF', longText('JVBERi0xLjcK'), 'base64 text'],
		['anything', noise(3_000).toString('base64'), 'base64 text'],
		['lines', (noise(3_000).toString('base64').match(/.{76}/g) ?? []).join('\r\n'), 'base64 text'],
	])('%s', async (_what, text, called) => {
		const item: INodeExecutionData = { json: { text }, binary: { data: binary(png) } };
		const asField = await refusal(field('={{ $json.text }}'), item);
		expect(asField.error).toBe(
			`'Images' 1: ${called} was given where the name of a binary field is expected`,
		);
		const asUrl = await refusal(list({ source: 'url', url: '={{ $json.text }}' }), item);
		expect(asUrl.error).toBe(`'Images' 1: ${called} was given where a URL is expected`);
		const asId = await refusal(list({ source: 'fileId', fileId: '={{ $json.text }}' }), item);
		expect(asId.error).toBe(`'Images' 1: ${called} was given where an OpenAI file ID is expected`);
		const asFile = await refusal({}, { json: {}, binary: { data: binary(Buffer.from(text)) } });
		expect(asFile.error).toBe(
			`'Images' 1 (field "data"): "photo.png" is ${called}, not an image that can be sent`,
		);
		for (const { advice } of [asField, asUrl, asId, asFile]) {
			expect(advice).toContain("'Convert to File' (Move Base64 String to File)");
		}
	});

	it('as mask, as markup, as image to fall back on, as attachment', async () => {
		const item: INodeExecutionData = { json: { text: dataUrl }, binary: { data: binary(png) } };
		const words = 'the text of a data URL was given where the name of a binary field is expected';
		const text = '={{ $json.text }}';
		const mask = await refusal({ maskSource: 'field', maskField: text }, item);
		expect(mask).toMatchObject({
			error: `'Mask Field': ${words}`,
			details: { param: 'maskField' },
		});
		// n8n drops an option that the chosen model does not show; it cannot know an expression's model.
		const model = { __rl: true, mode: 'id', value: '={{ "gpt-image-2" }}' };
		const markup = await refusal({ model, options: { markupField: text } }, item);
		expect(markup.details).toMatchObject({ param: 'markupField' });
		const standIn = await refusal({ limits: { fallbackField: text } }, item);
		expect(standIn.details).toMatchObject({ param: 'fallbackField' });
		const attached = await refusal(
			{
				resource: 'conversation',
				operation: 'send',
				prompt: 'a mug',
				attachments: { values: [{ source: 'field', field: text }] },
			},
			item,
		);
		expect(attached.error).toBe(`'Attachments' 1: ${words}`);
	});

	it('a data URL inside a binary', async () => {
		const item = { json: {}, binary: { data: { ...binary(png), data: dataUrl } } };
		const { error, advice } = await refusal({}, item);
		expect(error).toBe(`'Images' 1 (field "data"): its data is not base64`);
		expect(advice).toContain('Convert to File');
	});
});

describe('a field that is not there', () => {
	it('the fields that are there are named', async () => {
		const item = { json: {}, binary: { photo: binary(png), logo: binary(png) } };
		expect(await refusal({}, item)).toMatchObject({
			error: `'Images' 1: the item has no binary field "data"`,
			advice: 'Its binary fields are: photo, logo.',
		});
	});

	it('no binary at all', async () => {
		expect(await refusal({}, { json: {} })).toMatchObject({
			advice: 'It has no binary fields: load the image in a step before this node.',
		});
	});

	it.each([
		['base64', longText('iVBORw0KGgo'), 'Convert to File'],
		['a data URL', dataUrl, 'Convert to File'],
		['an address', 'https://example.com/a.png', "'HTTP Request' (Response Format: File)"],
		['text', 'see attachment', 'Its binary fields'],
		['an object', { url: 'x' }, 'Its binary fields'],
		['nothing', null, 'Its binary fields'],
	])('a JSON field in its place that holds %s', async (_what, value, step) => {
		const item = { json: { photo: value } as IDataObject, binary: { logo: binary(png) } };
		const { error, advice } = await refusal(field('photo'), item);
		expect(error).toBe(
			`'Images' 1: the item has no binary field "photo", only a JSON field with that name`,
		);
		expect(advice).toContain(step);
		expect(advice).toContain('Its binary fields are: logo.');
	});

	it('an object from JSON', async () => {
		const item = { json: { photo: [{ url: 'https://example.com/a.png' }] } };
		const { error } = await refusal(field('={{ $json.photo }}'), item);
		expect(error).toBe(
			"'Images' 1: neither text nor a number was given where the name of a binary field is expected",
		);
	});

	it('an address, whose query is long', async () => {
		const url = `https://example.com/a.png?signature=${'s'.repeat(5_000)}`;
		const { error, advice } = await refusal(field(url), { json: {}, binary: { a: binary(png) } });
		expect(error).toContain('"https://example.com/a.png?signature=sss');
		expect(advice).toContain('HTTP Request');
	});

	it('a very long name, also of a file and of the fields that exist', async () => {
		const long = `${'a name '.repeat(40_000)}end`;
		const missing = await refusal(field(long), {
			json: {},
			binary: { [`${long} 2`]: binary(png) },
		});
		expect(missing.error).toContain('a name a name');
		expect(missing.error).toContain('…"');
		const empty = { json: {}, binary: { data: binary(Buffer.alloc(0), long) } };
		expect((await refusal({}, empty)).error).toContain('is empty');
	});
});

it('an empty file', async () => {
	expect(await refusal({}, { json: {}, binary: { data: binary(Buffer.alloc(0)) } })).toMatchObject({
		error: `'Images' 1 (field "data"): "photo.png" is empty`,
		advice: 'Check the previous step: it created an empty file.',
	});
});

describe('an SVG of more than 10 MB, which would take hours to look through,', () => {
	const svg = Buffer.from(
		`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><style>url(${' '.repeat(11e6)}</style></svg>`,
	);
	const message = `"drawing.svg" is an SVG of 10.5 MB, more than the 10 MB allowed`;
	const item = (): INodeExecutionData => ({
		json: {},
		binary: { data: binary(png), drawing: binary(svg, 'drawing.svg') },
	});
	const model = { __rl: true, mode: 'id', value: 'gpt-image-2.6-flare' };

	it.each<[string, IDataObject, string]>([
		['an image', field('drawing'), `'Images' 1 (field "drawing")`],
		['an image of a dry run', { ...field('drawing'), options: { dryRun: true } }, `'Images' 1`],
		['a mask', { maskSource: 'field', maskField: 'drawing' }, `'Mask Field'`],
		['markup', { model, options: { markupField: 'drawing' } }, `'Markup Field'`],
		[
			'an attachment',
			{
				resource: 'conversation',
				operation: 'send',
				attachments: { values: [{ source: 'field', field: 'drawing' }] },
			},
			`'Attachments' 1`,
		],
	])('as %s', async (_what, parameters, place) => {
		const { error, advice } = await refusal(parameters, item());
		expect(error).toContain(place);
		expect(error).toContain(message);
		expect(advice).toBe('Convert the SVG to PNG before this node.');
	});
});

/** A Code node can put anything there. */
describe('a binary that was put together by hand', () => {
	const itemOf = (made: object): INodeExecutionData => ({
		json: {},
		binary: { data: made as IBinaryData },
	});
	const attach = {
		resource: 'conversation',
		operation: 'send',
		prompt: 'a mug',
		attachments: { values: [{ source: 'field', field: 'data' }] },
	};

	it.each<[string, object]>([
		['without data', { mimeType: 'image/png', fileName: 'a.png' }],
		['whose data are bytes', { data: Buffer.from('a'), mimeType: 'image/png' }],
		['whose data are a number', { data: 42, mimeType: 'image/png' }],
		['that is empty', {}],
		['that is a text', Object('photo.png') as object],
	])('%s is refused', async (_name, made) => {
		for (const parameters of [{}, attach]) {
			const { error, advice } = await refusal(parameters, itemOf(made));
			expect(error).toMatch(
				/^'(?:Images|Attachments)' 1 \(field "data"\): its data is not base64$/,
			);
			expect(advice).toContain('prepareBinaryData');
		}
	});

	const header = 'a"\r\nContent-Type: text/html\r\n\r\n<script>';
	const send = async (parameters: IDataObject, made: object) => {
		const items = [itemOf(made)];
		const { error } = await runGptImage({ baseUrl: double.url, items, parameters });
		expect(error).toBeUndefined();
		return double.journal[0]?.body as IDataObject;
	};

	it.each<[string, object, string]>([
		['a number', { fileName: 42 }, 'data.png'],
		['an object', { fileName: { a: 1 } }, 'data.png'],
		['nothing', { fileName: null }, 'data.png'],
		['a path', { fileName: '../../etc/passwd\0.png' }, 'etc-passwd.png'],
		['lines of a header', { fileName: `${header}.png` }, 'a-content-type-text-html-script.png'],
		['two million dots', { fileName: '.'.repeat(2e6) }, 'image.png'],
		['a type with lines', { mimeType: 'image/jpeg\r\nX-Evil: 1' }, 'a.png'],
		['a type that is an object', { mimeType: {} }, 'a.png'],
	])('an image named by %s is sent by a name of ours', async (_name, more, filename) => {
		const parameters = { operation: 'edit', prompt: 'autumn', quality: 'low' };
		const made = { ...binary(png, 'a.png'), ...more };
		const { image } = await send(parameters, made);
		expect(image).toMatchObject([{ field: 'image', filename, contentType: 'image/png' }]);
	});

	it.each<[string, object, string]>([
		['a number', { fileName: 42 }, 'data.txt'],
		['an object', { fileName: { a: 1 } }, 'data.txt'],
		['a path', { fileName: '../../etc/passwd\0.txt' }, '..-..-etc-passwd-.txt'],
		['lines of a header', { fileName: `${header}.md` }, 'a-Content-Type- text-html-script-.md'],
		['two million letters', { fileName: `${'a.'.repeat(1e6)}md` }, `${'a.'.repeat(100)}.md`],
		['half an emoji', { fileName: `${'a'.repeat(199)}\u{1F600}.md` }, `${'a'.repeat(199)}-.md`],
		['a type that is an object', { mimeType: {} }, 'a.txt'],
	])('a document named by %s is sent by a name of ours', async (_name, more, filename) => {
		const made = { ...binary(Buffer.from('hello'), 'a.txt'), mimeType: 'text/plain', ...more };
		const { input } = await send(attach, made);
		expect(input).toMatchObject([{ content: [{ type: 'input_file', filename }, {}] }]);
	});
});

describe("a file in n8n's storage that cannot be read", () => {
	let folder: string;
	beforeAll(async () => {
		folder = mkdtempSync(path.join(tmpdir(), 'gpt-image-storage-'));
		await useBinaryMode('filesystem', folder);
	});
	afterAll(async () => {
		await useBinaryMode('memory');
		rmSync(folder, { recursive: true });
	});

	/** Stores files as n8n does, and has something happen to them before our node runs. */
	const start = (fields: readonly string[], happen: (file: string) => void): INodeType => ({
		...startNode([]),
		async execute() {
			const stored: Record<string, IBinaryData> = {};
			for (const name of fields) {
				stored[name] = await this.helpers.prepareBinaryData(png, `${name}.png`, 'image/png');
			}
			const files = globSync('**/*', { cwd: folder, withFileTypes: true });
			for (const file of files.filter((entry) => entry.isFile() && !/metadata/.test(entry.name))) {
				happen(path.join(file.parentPath, file.name));
			}
			return [[{ json: {}, binary: stored }]];
		},
	});
	const engine = (fields: readonly string[]): Partial<NodeRun> => ({
		engine: {
			nodeTypes: {
				'test.start': start(fields, (file) => rmSync(file)),
				'n8n-nodes-gpt-image.gptImage': new GptImage(),
			},
		},
	});

	it('as an image: it is gone, and the step to run again is named', async () => {
		const { error, advice, details } = await refusal({}, { json: {} }, engine(['data']));
		expect(error).toBe(
			`'Images' 1 (field "data"): "data.png" no longer exists in n8n's binary data storage`,
		);
		expect(advice).toContain('Run the workflow again from the step that loads the file');
		expect(details).toMatchObject({ param: 'images', retryable: false });
		expect(`${error}${advice}`).not.toContain(folder);
	});

	it('as an attachment', async () => {
		const parameters = {
			resource: 'conversation',
			operation: 'send',
			prompt: 'a mug',
			attachments: { values: [{ source: 'allFields' }] },
		};
		const { error } = await refusal(parameters, { json: {} }, engine(['brief']));
		expect(error).toContain(`"brief.png" no longer exists in n8n's binary data storage`);
	});

	it('stops the node with the same words', async () => {
		const result = await runGptImage({
			baseUrl: double.url,
			parameters: { operation: 'edit', prompt: 'autumn' },
			...engine(['data']),
		});
		expect(result.error?.message).toBe(
			`'Images' 1 (field "data"): "data.png" no longer exists in n8n's binary data storage [item 0]`,
		);
		expect(double.journal).toHaveLength(0);
	});
});
