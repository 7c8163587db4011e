import { redactorOf, redactPatterns, withTexts } from '../../../core/openai/redact';

const key = 'gw-9f8e7d6c5b4a39281706';
const redact = redactorOf([key]);

it.each([
	['twelve characters', 'a9f8e7d6c5b4aa', 'a…a'],
	['twenty characters, of which none stays', 'a gw-9f8e7d6c5b4a3928 b', 'a … b'],
	['two pieces side by side', 'gw-9f8e7d6c5b4gw-9f8e7d6c5b4', '……'],
	['a piece behind the beginning of another', 'gw-9f8e7d6gw-9f8e7d6c5b4', 'gw-9f8e7d6…'],
	['its end', 'ends in 39281706', 'ends in …'],
	['eleven characters, which stay', 'f8e7d6c5b4a', 'f8e7d6c5b4a'],
	['the whole key in a URL', `https://a.example/${key}/b`, 'https://a.example/…/b'],
])('takes a key out of a text: %s', (_name, text, plain) => {
	expect(redact(text)).toBe(plain);
});

it('finds a piece at every place of a text', () => {
	const piece = key.slice(4, 16);
	const texts = Array.from(
		{ length: 40 },
		(_, n) => `${'.'.repeat(n)}${piece}${'.'.repeat(40 - n)}`,
	);
	expect(texts.map(redact).filter((text) => text.replaceAll('.', '') !== '…')).toEqual([]);
});

it('takes secrets out of texts and names of JSON, and leaves the rest', () => {
	const value = JSON.parse(
		`{"${key}":["${key}",1,null,{"__proto__":"${key}","a":false}]}`,
	) as unknown;
	expect(JSON.stringify(withTexts(value, redact, redact))).toBe(
		'{"…":["…",1,null,{"__proto__":"…","a":false}]}',
	);
});

it.each([
	['https://a.example/b?sig=abc#d', 'https://a.example/b?…'],
	['"https://a.example/b#c", https://a.example/d', '"https://a.example/b?…", https://a.example/d'],
	['https://me:pass@a.example/b?c=d', 'https://…@a.example/b?…'],
	[`https://a.example/${'b'.repeat(3_000)}?sig=abc`, `https://a.example/${'b'.repeat(3_000)}?…`],
	['key ab-c.d****9f8e. Bye', 'key … Bye'],
	[`${'a'.repeat(60)}***`, '…'],
])('takes what signs a link out of %s', (text, plain) => {
	expect(redactPatterns(text)).toBe(plain);
});
