import { imageFingerprint, requestDigest } from '../../../core/money/fingerprint';
import type { EditInputs, InputImage, PictureRequest } from '../../../core/rules/request-types';

const request: PictureRequest = {
	operation: 'generate',
	model: 'gpt-image-2',
	row: undefined,
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

describe('requestDigest', () => {
	const changes: [string, Partial<PictureRequest>][] = [
		['operation', { operation: 'edit' }],
		['model', { model: 'gpt-image-2.5' }],
		['prompt', { prompt: 'a cat ' }],
		['size', { size: { width: 1024, height: 1536 } }],
		['size auto', { size: 'auto' }],
		['quality', { quality: 'high' }],
		['format', { format: 'webp' }],
		['compression', { compression: 80 }],
		['background', { background: 'transparent' }],
		['moderation', { moderation: 'low' }],
		['complexity', { complexity: 'high' }],
		['input fidelity', { inputFidelity: 'high' }],
	];
	it.each(changes)('differs by %s', (_what, change) => {
		expect(requestDigest({ ...request, ...change })).not.toBe(requestDigest(request));
	});

	it('does not depend on what does not shape the picture', () => {
		const same: Partial<PictureRequest> = {
			count: 4,
			partialImages: 2,
			safetyIdentifier: 'user-1',
			warnings: ['careful'],
		};
		expect(requestDigest({ ...request, ...same })).toBe(requestDigest(request));
		expect(requestDigest({ ...request, size: { height: 1024, width: 1024 } })).toBe(
			requestDigest(request),
		);
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
		const digests = variants.map((one) => requestDigest(request, one));
		expect(new Set(digests).size).toBe(variants.length);
		const renamed = inputs({ images: [image('one', { fileName: 'b.png' }), image('two')] });
		expect(requestDigest(request, renamed)).toBe(digests[0]);
	});

	it('differs by further facts, not by the order of their keys', () => {
		const one = requestDigest(request, undefined, { baseUrl: 'a', previous: { x: 1, y: 2 } });
		expect(requestDigest(request, undefined, { previous: { y: 2, x: 1 }, baseUrl: 'a' })).toBe(one);
		expect(requestDigest(request, undefined, { baseUrl: 'b', previous: { x: 1, y: 2 } })).not.toBe(
			one,
		);
		expect(requestDigest(request)).not.toBe(one);
	});

	it('is the same in every process and version, or kept pictures would be bought again', () => {
		// sha256sum of the JSON with sorted keys, made with another program
		expect(requestDigest(request)).toBe(
			'4475ef2bfd5a0aef9f65bb90365ca2037f79598f89432fcfdd858a6821f106d2',
		);
	});
});

it('each image of a request has its own fingerprint', () => {
	const prints = [0, 1, 2].map((index) => imageFingerprint(requestDigest(request), index));
	expect(new Set(prints).size).toBe(3);
	for (const print of prints) expect(print).toMatch(/^[0-9a-f]{64}$/);
});
