import { callKey } from '../../../core/calls/key';
import type { EditInputs, InputImage, ImageRequest } from '../../../core/rules/request-types';

const request: ImageRequest = {
	operation: 'generate',
	model: 'gpt-image-2',
	row: undefined,
	ownPrompt: 'a mug',
	prompt: 'a cat',
	size: { width: 1024, height: 1024 },
	quality: 'medium',
	count: 1,
	format: 'png',
	compression: undefined,
	background: 'auto',
	moderation: 'auto',
	complexity: undefined,
	partialImages: 0,
	safetyIdentifier: undefined,
	inputFidelity: undefined,
	warnings: [],
};

const image = (content: string, more: Partial<InputImage> = {}): InputImage =>
	({
		kind: 'bytes',
		bytes: Buffer.from(content),
		mimeType: 'image/png',
		fileName: 'a.png',
		width: 8,
		height: 8,
		...more,
	}) as InputImage;

const inputs = (more: Partial<EditInputs> = {}): EditInputs => ({
	images: [image('one'), image('two')],
	mask: undefined,
	markup: undefined,
	...more,
});

const key = (one: ImageRequest, its?: EditInputs): string => callKey(one, its, {});

describe('the key of a call', () => {
	const changes: [string, Partial<ImageRequest>][] = [
		['operation', { operation: 'edit' }],
		['model', { model: 'gpt-image-2.5' }],
		['prompt', { prompt: 'a cat ' }],
		['size', { size: { width: 1024, height: 1536 } }],
		['size auto', { size: 'auto' }],
		['quality', { quality: 'high' }],
		['the number of images', { count: 4 }],
		['format', { format: 'webp' }],
		['compression', { compression: 80 }],
		['background', { background: 'transparent' }],
		['moderation', { moderation: 'low' }],
		['complexity', { complexity: 'high' }],
		['input fidelity', { inputFidelity: 'high' }],
	];
	it.each(changes)('differs by %s', (_what, change) => {
		expect(key({ ...request, ...change })).not.toBe(key(request));
	});

	it('does not depend on what does not shape the image', () => {
		const same: Partial<ImageRequest> = {
			partialImages: 2,
			safetyIdentifier: 'user-1',
			warnings: ['careful'],
		};
		expect(key({ ...request, ...same })).toBe(key(request));
		expect(key({ ...request, size: { height: 1024, width: 1024 } })).toBe(key(request));
	});

	it('differs by every input and by their order', () => {
		const variants = [
			inputs(),
			inputs({ images: [image('two'), image('one')] }),
			inputs({ images: [image('one')] }),
			inputs({ images: [image('one'), image('twO')] }),
			inputs({ images: [image('one'), { kind: 'url', url: 'https://example.com/a.png' }] }),
			inputs({ images: [image('one'), { kind: 'fileId', fileId: 'https://example.com/a.png' }] }),
			inputs({ mask: Buffer.from('m') }),
			inputs({ markup: Buffer.from('m') }),
		];
		const digests = variants.map((one) => key(request, one));
		expect(new Set(digests).size).toBe(variants.length);
		const renamed = inputs({ images: [image('one', { fileName: 'b.png' }), image('two')] });
		expect(key(request, renamed)).toBe(digests[0]);
	});

	it('differs by further facts, not by the order of their keys', () => {
		const one = callKey(request, undefined, { baseUrl: 'a', previous: { x: 1, y: 2 } });
		expect(callKey(request, undefined, { previous: { y: 2, x: 1 }, baseUrl: 'a' })).toBe(one);
		expect(callKey(request, undefined, { baseUrl: 'b', previous: { x: 1, y: 2 } })).not.toBe(one);
		expect(key(request)).not.toBe(one);
	});

	it('is the same in every process and version, or kept images would be bought again', () => {
		// sha256sum of the JSON with sorted keys, made with another program
		expect(key(request)).toBe('9c2ef4f0041d3c09f772b0d681c203acd28319014bf7b7cf77afd95bc7ba4fad');
	});
});
