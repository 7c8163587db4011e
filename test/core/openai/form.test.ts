import { formOf } from '../../../core/openai/form';

/** Read back by Node's own reader of forms. */

it('writes texts, files, and lists of files', async () => {
	const file = (text: string, fileName: string) => ({
		bytes: Buffer.from(text),
		fileName,
		mimeType: 'image/png',
	});
	const { body, contentType } = formOf({
		prompt: 'Grüße\r\n--form',
		n: 2,
		left: undefined,
		mask: file('\r\nmask\0', 'ma"s\r\nk.png'),
		image: [file('one', '漢.png'), file('two', 'b.png')],
	});
	const read = await new Response(new Uint8Array(body), {
		headers: { 'content-type': contentType },
	}).formData();
	const found = await Promise.all(
		[...read].map(async ([name, value]) =>
			typeof value === 'string'
				? [name, value]
				: [name, value.name, value.type, await value.text()],
		),
	);
	expect(found).toEqual([
		['prompt', 'Grüße\r\n--form'],
		['n', '2'],
		['mask', 'ma"s\r\nk.png', 'image/png', '\r\nmask\0'],
		['image[]', '漢.png', 'image/png', 'one'],
		['image[]', 'b.png', 'image/png', 'two'],
	]);
});
