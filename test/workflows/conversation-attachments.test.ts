import type { IDataObject } from 'n8n-workflow';
import sharp from 'sharp';
import type { Double } from '../openai-double';
import { flatPng } from '../openai-double/testing';
import { imageOf, say, turnsSent } from './conversations';
import { setUp, startAfresh } from './set-up';

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => void startAfresh(double));

describe('attachments', () => {
	const binary = (bytes: Buffer, fileName: string, mimeType: string) => ({
		data: bytes.toString('base64'),
		fileName,
		mimeType,
	});
	const attach = (...values: IDataObject[]): IDataObject => ({ attachments: { values } });
	const field = (name: string, more: IDataObject = {}): IDataObject => ({
		source: 'field',
		field: name,
		...more,
	});

	it('are images and documents, from fields, addresses and files', async () => {
		const jpeg = await sharp(await flatPng(800, 600))
			.jpeg()
			.toBuffer();
		const { items, error } = await say(
			double,
			'A poster for this',
			attach(
				field('brief', { label: 'what we want' }),
				field('photo', { label: 'the product' }),
				{ source: 'url', url: 'https://example.com/prices.xlsx' },
				{ source: 'url', url: 'https://example.com/logo.png' },
			),
			{
				items: [
					{
						json: {},
						binary: {
							photo: binary(jpeg, 'mug.jpg', 'image/jpeg'),
							brief: binary(Buffer.from('# Brief\nBlue.'), 'brief.md', 'text/markdown'),
						},
					},
				],
			},
		);
		expect(error).toBeUndefined();
		expect(imageOf(items[0]).revisedPrompt).toContain('following brief.md, prices.xlsx');
		expect(turnsSent(double)[0]?.body?.input).toEqual([
			{
				role: 'user',
				content: [
					{
						type: 'input_file',
						filename: 'brief.md',
						file_data: expect.objectContaining({ contentType: 'text/markdown', bytes: 13 }),
					},
					{ type: 'input_file', file_url: 'https://example.com/prices.xlsx' },
					{
						type: 'input_image',
						detail: 'auto',
						image_url: expect.objectContaining({ format: 'jpeg', width: 800, height: 600 }),
					},
					{ type: 'input_image', detail: 'auto', image_url: 'https://example.com/logo.png' },
					{
						type: 'input_text',
						text: 'brief.md: what we want\nImage 1: the product\n\nA poster for this',
					},
				],
			},
		]);
	});

	it('are made upright and readable as for an edit, with a note', async () => {
		const turned = await sharp(await flatPng(800, 600))
			.withMetadata({ orientation: 6 })
			.jpeg()
			.toBuffer();
		const { items } = await say(double, 'Warmer', attach({ source: 'allFields' }), {
			items: [
				{
					json: {},
					binary: {
						photo: binary(turned, 'phone.jpg', 'image/jpeg'),
						notes: binary(Buffer.from('a,b\n1,2\n'), 'notes.csv', 'text/csv'),
					},
				},
			],
		});
		expect(turnsSent(double)[0]?.body?.input).toMatchObject([
			{
				content: [
					{ type: 'input_file', filename: 'notes.csv' },
					{ type: 'input_image', image_url: { width: 600, height: 800 } },
					{ type: 'input_text' },
				],
			},
		]);
		expect(imageOf(items[0]).warnings).toMatchObject([
			{ message: expect.stringContaining('Image 1 was rotated to its EXIF orientation') },
		]);
	});

	it('go through the Files API when they are large, and are deleted afterwards', async () => {
		const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(9 * 2 ** 20, 'x')]);
		const { error, items } = await say(double, 'A cover for this', attach(field('book')), {
			items: [{ json: {}, binary: { book: binary(pdf, 'book.pdf', 'application/pdf') } }],
		});
		expect(error).toBeUndefined();
		expect(imageOf(items[0]).warnings).toEqual([]);
		expect(
			double.journal.map(({ method, path: to }) => `${method} ${to.replace(/file-.*/, 'ID')}`),
		).toEqual(['POST /v1/files', 'POST /v1/responses', 'DELETE /v1/files/ID']);
		expect(turnsSent(double)[0]?.body?.input).toMatchObject([
			{ content: [{ type: 'input_file', file_id: expect.stringMatching(/^file-/) }, {}] },
		]);
	});

	describe('are refused before any request', () => {
		const files = (count: number, bytes: Buffer, name: string, type: string) => ({
			items: [
				{
					json: {},
					binary: Object.fromEntries(
						Array.from({ length: count }, (_, i) => [`file${i}`, binary(bytes, name, type)]),
					),
				},
			],
		});
		afterEach(() => expect(double.journal).toEqual([]));

		it('when they are 17', async () => {
			const more = files(17, await flatPng(16, 16), 'a.png', 'image/png');
			const all = await say(double, 'A collage', attach({ source: 'allFields' }), more);
			expect(all.error?.message).toContain("'Attachments' has 17 files");
			const named = Array.from({ length: 17 }, (_, i) => field(`file${i}`));
			const each = await say(double, 'A collage', attach(...named), more);
			expect(each.error?.message).toContain("'Attachments' has 17 files");
		});

		it('when a PDF has 60 MB', async () => {
			const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(60 * 2 ** 20)]);
			const more = files(1, pdf, 'catalogue.pdf', 'application/pdf');
			const { error } = await say(double, 'A cover', attach(field('file0')), more);
			expect(error?.message).toBe(
				'\'Attachments\' 1 (field "file0"): "catalogue.pdf" has 60.0 MB [item 0]',
			);
		});

		it('when a PDF is an error page', async () => {
			const page = Buffer.from('<!doctype html><title>404</title>');
			const more = files(1, page, 'catalogue.pdf', 'application/pdf');
			const { error } = await say(double, 'A cover', attach(field('file0')), more);
			expect(error?.message).toContain('does not match its file name: it is a web page (HTML)');
		});

		it('when they are neither image nor document', async () => {
			const more = files(1, Buffer.from('MZ\0\0'), 'setup.exe', 'application/x-msdownload');
			const { error } = await say(double, 'A cover', attach(field('file0')), more);
			expect(error?.message).toContain('"setup.exe" is neither an image nor a document');
		});
	});
});
