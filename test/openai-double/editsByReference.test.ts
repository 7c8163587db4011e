import { startDouble, type Double } from './index';
import { clientOf, flatPng, lampEdit, post, refusalOf, upload } from './testing';

let double: Double;
let photo: Buffer;
beforeAll(async () => {
	double = await startDouble();
	photo = await flatPng(1024, 1024);
});
afterAll(() => double.close());
beforeEach(() => double.reset());

describe('the JSON form', () => {
	const edit = (body: object) => post(double, '/images/edits', { ...lampEdit, ...body });
	const dataUrl = () => `data:image/png;base64,${photo.toString('base64')}`;
	const errorOf = async (body: object) => {
		const answer = await edit(body);
		const { error } = (await answer.json()) as { error: { code: string; param: string } };
		return [answer.status, error.param, error.code];
	};

	it('takes data URLs, addresses and files, and moderation', async () => {
		const { id } = await clientOf(double).files.create({
			file: await upload(photo),
			purpose: 'vision',
		});
		const answer = await edit({
			images: [
				{ image_url: dataUrl() },
				{ image_url: 'https://example.com/lamp.png' },
				{ file_id: id },
			],
			mask: { image_url: dataUrl() },
			moderation: 'low',
		});
		expect(answer.status).toBe(200);
		expect(await answer.json()).toMatchObject({
			usage: { input_tokens_details: { image_tokens: 3 * 1024 } },
		});
		expect(double.journal[1]?.body).toMatchObject({
			images: [
				{
					image_url: {
						field: 'images[0].image_url',
						contentType: 'image/png',
						width: 1024,
						bytes: photo.length,
					},
				},
				{ image_url: 'https://example.com/lamp.png' },
				{ file_id: id },
			],
		});
	});

	it('refuses what it cannot follow', async () => {
		expect(await errorOf({})).toEqual([400, 'images', 'missing_required_parameter']);
		expect(await errorOf({ image: dataUrl() })).toEqual([400, 'image', 'unknown_parameter']);
		expect(await errorOf({ images: [{}] })).toEqual([400, 'images[0]', 'invalid_value']);
		expect(await errorOf({ images: [{ image_url: 'file:///etc/passwd' }] })).toEqual([
			400,
			'images[0].image_url',
			'invalid_value',
		]);
		expect(await errorOf({ images: [{ image_url: 'http://nowhere.invalid/a.png' }] })).toEqual([
			400,
			'images[0].image_url',
			'failed_to_download_image',
		]);
		expect(await errorOf({ images: [{ file_id: 'file-none' }] })).toEqual([
			404,
			'images[0]',
			'image_file_not_found',
		]);
		const long = `data:image/png;base64,${'A'.repeat(20_971_520 - 21)}`;
		expect(await errorOf({ images: [{ image_url: long }] })).toEqual([
			400,
			'images[0].image_url',
			'string_above_max_length',
		]);
		const text = `data:image/png;base64,${Buffer.from('text').toString('base64')}`;
		expect(await errorOf({ images: [{ image_url: text }] })).toEqual([
			400,
			'images',
			'invalid_image_file',
		]);
	});
});

describe('files', () => {
	it('are kept, told about and deleted', async () => {
		const { files } = clientOf(double);
		const stored = await files.create({
			file: await upload(Buffer.from('%PDF-1.7'), 'brief.pdf', 'application/pdf'),
			purpose: 'user_data',
			expires_after: { anchor: 'created_at', seconds: 3600 },
		});
		expect(stored).toMatchObject({ object: 'file', bytes: 8, filename: 'brief.pdf' });
		expect(stored.expires_at).toBe(stored.created_at + 3600);
		expect(await files.retrieve(stored.id)).toEqual(stored);
		expect((await files.list()).data).toEqual([stored]);
		expect(await (await files.content(stored.id)).text()).toBe('%PDF-1.7');
		expect(await files.delete(stored.id)).toEqual({ id: stored.id, object: 'file', deleted: true });
		expect((await refusalOf(files.retrieve(stored.id))).status).toBe(404);
	});

	it('need a purpose that there is', async () => {
		const file = await upload(photo);
		const refused = await refusalOf(
			clientOf(double).files.create({ file, purpose: 'fun' as 'vision' }),
		);
		expect([refused.status, refused.param]).toEqual([400, 'purpose']);
	});
});
