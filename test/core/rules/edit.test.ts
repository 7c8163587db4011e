import { checkImagesTogether, checkImageUrl } from '../../../core/rules/edit';

/** docs/security.md: 128 MB together, 48 MB where images are sent as text. */

const megabytes = (count: number): number => count * 2 ** 20;

it.each([
	[megabytes(128), false],
	[megabytes(48), true],
])('takes images of %i bytes together (as text: %s)', (bytes, asText) => {
	expect(() => checkImagesTogether(bytes, asText, 'images')).not.toThrow();
});

it.each([
	[megabytes(128) + 1, false, 'images', "The images in 'Images' have 128.0 MB in total"],
	[megabytes(48) + 1, true, 'attachments', "The images in 'Attachments' have 48.0 MB in total"],
])('refuses %i bytes together (as text: %s)', (bytes, asText, param, message) => {
	expect(() => checkImagesTogether(bytes, asText, param)).toThrow(
		expect.objectContaining({ code: 'invalid_parameter', param, billed: 'no', message }),
	);
});

it('refuses a URL that no server takes', () => {
	const url = `https://a.example/${'b'.repeat(8_175)}`;
	expect(() => checkImageUrl(url, "'Images' 1", 'images')).toThrow(
		expect.objectContaining({
			code: 'invalid_parameter',
			message: "'Images' 1: the URL has 8,193 characters",
		}),
	);
	expect(checkImageUrl(url.slice(0, -1), "'Images' 1", 'images')).toHaveLength(8_192);
});
