import crypto from 'node:crypto';
import { inspectAttachments } from '../../../core/calls/attachments';
import { imageCalls } from '../../../core/calls/images';
import { prepareEdit, type EditParams } from '../../../core/calls/prepare';
import { tableCalendar } from '../../../core/rules/calendar';
import { checkImageParams } from '../../../core/rules/request';
import { origin, speckled } from '../pixels/samples';

const edit = (images: number, load: () => Promise<Buffer>): EditParams => ({
	row: undefined,
	format: 'png',
	images: Array.from({ length: images }, () => ({
		...{ kind: 'file', label: '', file: { origin, load } },
	})),
	mask: { source: 'none' },
	preserveOutside: undefined,
	markup: undefined,
	asJson: true,
});

it('loads no more images once those before are too many for one call', async () => {
	const jpeg = await speckled(60, 40).jpeg().toBuffer();
	const bytes = Buffer.concat([jpeg, Buffer.alloc(13 * 2 ** 20)]);
	let loaded = 0;
	const prepared = prepareEdit(
		edit(16, async () => {
			loaded += 1;
			return bytes;
		}),
	);
	await expect(prepared).rejects.toThrow("The images in 'Images' have 52.0 MB in total");
	expect(loaded).toBe(4);
});

it('loads no more documents of a message once those before are too many', async () => {
	const file = { origin: { ...origin, name: 'notes.txt' }, mimeType: 'text/plain' };
	let loaded = 0;
	const load = async () => {
		loaded += 1;
		return Buffer.alloc(30 * 2 ** 20, 'a');
	};
	const { images, ...others } = edit(9, load);
	const documents = images.map(
		(one) => ({ ...one, kind: 'file', file: { ...file, load } }) as const,
	);
	const inspected = inspectAttachments({ ...others, images: documents }, '');
	await expect(inspected).rejects.toThrow("The documents in 'Attachments' have 60.0 MB in total");
	expect(loaded).toBe(2);
});

it('computes the digest of an input once for all calls of an edit, and in pieces', async () => {
	const jpeg = await speckled(60, 40).jpeg().toBuffer();
	const bytes = Buffer.concat([jpeg, Buffer.alloc(10 * 2 ** 20)]);
	const { createHash } = crypto;
	const pieces: number[] = [];
	const spy = jest.spyOn(crypto, 'createHash').mockImplementation((...args) => {
		const hash = createHash(...args);
		const update = hash.update.bind(hash) as (data: Buffer | string) => typeof hash;
		return Object.assign(hash, {
			update: (data: Buffer | string) => {
				pieces.push(data.length);
				return update(data);
			},
		});
	});
	const model = { model: 'gpt-image-2', prompt: 'a mug', size: '1024x1024' };
	const request = checkImageParams(
		{ ...model, operation: 'edit', numberOfImages: 3, partialImages: 1 },
		tableCalendar('2026-11-29'),
	);
	const calls = await imageCalls(request, await prepareEdit(edit(2, async () => bytes)), {
		client: () => {
			throw new Error('Nothing is sent');
		},
		...{ baseUrl: undefined, prices: {}, timeoutMs: 1, moderationCheck: false, signal: undefined },
	});
	spy.mockRestore();
	expect(new Set(calls.map(({ key }) => key)).size).toBe(3);
	expect(pieces.filter((length) => length > 100_000)).toEqual([
		...[4_194_304, 4_194_304],
		bytes.length - 8_388_608,
	]);
});
