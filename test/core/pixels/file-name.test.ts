import { fileName as fileNameOf, slug, type FileNameParts } from '../../../core/pixels/file-name';

const parts = (prompt: string, more: Partial<FileNameParts> = {}): FileNameParts => ({
	prompt,
	index: 1,
	count: 1,
	model: 'gpt-image-2',
	width: 1024,
	height: 1024,
	format: 'png',
	date: new Date('2026-11-20T10:00:00Z'),
	...more,
});
const standard = '{prompt}-{index}';
const fileName = (template: string, of: FileNameParts): string => fileNameOf(template, of, 1);

describe('names in the scripts of the world', () => {
	// Escapes where an editor would show two spellings alike.
	it.each([
		['Japanese, katakana', 'パンダ', 'パンダ'],
		['Japanese, halves that are put together', 'ハ\u309Aンタ\u3099', 'パンダ'],
		['Japanese, mixed', '夜の東京、ガラスの塔', '夜の東京-ガラスの塔'],
		['Hindi', 'हिन्दी में लिखा कप', 'हिन्दी-में-लिखा-कप'],
		['Hindi with a nukta', 'लड़की', 'लड\u093Cकी'],
		['Marathi', 'आंब्याचे झाड', 'आंब्याचे-झाड'],
		['Bengali', 'নীল কাপ', 'নীল-কাপ'],
		['Thai', 'แมวสีน้ำเงิน', 'แมวสีน้ำเงิน'],
		['Lao', 'ນ້ຳ', 'ນ້ຳ'],
		['Tamil', 'நீல கோப்பை', 'நீல-கோப்பை'],
		['Telugu', 'నీలం కప్పు', 'నీలం-కప్పు'],
		['Burmese', 'အပြာရောင်', 'အပြာရောင်'],
		['Khmer', 'ពែងខៀវ', 'ពែងខៀវ'],
		['Sinhala with a joiner', 'ශ්\u200Dරී ලංකා', 'ශ්\u200Dරී-ලංකා'],
		['Persian with a non-joiner', 'می\u200Cخواهم', 'می\u200Cخواهم'],
		['Korean', '파란 컵', '파란-컵'],
		['Korean, taken apart', '\u1111\u1161\u1105\u1161\u11AB', '파란'],
		['Chinese', '蓝色的杯子', '蓝色的杯子'],
		['Arabic', 'كُوب أزرق', 'كُوب-أزرق'],
		['Hebrew with points', 'שָׁלוֹם', 'ש\u05B8\u05C1לו\u05B9ם'],
		['Vietnamese', 'Tiếng Việt ở Huế', 'tieng-viet-o-hue'],
		['German', 'Größe für süße Äpfel', 'große-fur-suße-apfel'],
		['Turkish', 'İstanbul ışığı', 'istanbul-ısıgı'],
		['Polish and Czech', 'Źrebię, příliš', 'zrebie-prilis'],
		['Greek', 'Ένα μπλε φλιτζάνι', 'ενα-μπλε-φλιτζανι'],
		['Russian', 'Ёлка и йод', 'елка-и-иод'],
		['Ukrainian', 'Їжак', 'іжак'],
		['a mixture', 'Café パンダ हिन्दी', 'cafe-パンダ-हिन्दी'],
		['emoji between words', 'a 🐼 with 👩‍🚀 and ❤️', 'a-with-and'],
		['a keycap', '1️⃣ cup', '1-cup'],
		['a name with a variation of its sign', '葛\u{E0100}城', '葛城'],
	])('%s', (_language, prompt, words) => {
		expect(slug(prompt)).toBe(words);
		expect(fileName(standard, parts(prompt))).toBe(`${words}.png`);
		expect(words).toBe(words.normalize('NFC'));
	});

	it.each(['🐼🎉', '👨‍👩‍👧‍👦', '!?', '...', '', ' \n', '\u0301', '\u200D', '\u202E', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'])(
		'"image" when nothing is left of %j',
		(prompt) => {
			expect(fileName(standard, parts(prompt, { index: 3 }))).toBe('image.png');
			expect(fileName('{prompt}', parts(prompt))).toBe('image.png');
		},
	);
});

describe('length', () => {
	const bytesOf = (name: string) => Buffer.byteLength(name);
	const longest = (name: string) => bytesOf(name.replace('.webp', '_partial_3.webp'));

	it.each([
		['Latin', 'x'],
		['Japanese', 'パ'],
		['Hindi', 'हि'],
		['Tamil', 'கோ'],
		['Thai', 'น้ำ'],
		['Korean', '한'],
		['Gothic, four bytes each', '𐌰'],
		['emoji of a family', '👨‍👩‍👧‍👦'],
		['Latin with many accents', 'ế'],
		['Arabic with points', 'كُّ'],
	])('of %s stays below 255 bytes and ends with a whole character', (_script, character) => {
		const prompt = character.repeat(600);
		for (const template of [
			standard,
			'{prompt}',
			prompt,
			`${prompt}-{index}`,
			`{index}${prompt}`,
		]) {
			const name = fileName(template, parts(prompt, { index: 10, count: 10, format: 'webp' }));
			expect(longest(name)).toBeLessThanOrEqual(255);
			expect(name.isWellFormed()).toBe(true);
			const middle = name.replace('.webp', '').replace(/^10|-10$/g, '');
			const plain = character.normalize('NFC');
			const units = [plain, slug(character)].filter((unit) => unit !== '');
			expect(middle === 'image' || units.some((unit) => middle.replaceAll(unit, '') === '')).toBe(
				true,
			);
		}
	});

	it('cuts after a word', () => {
		const prompt = 'A photograph of a blue ceramic cup on a wooden table beside a window';
		expect(slug(prompt)).toBe('a-photograph-of-a-blue-ceramic-cup-on-a-wooden-table-beside');
	});

	it('does not cut a sentence without spaces down to its first clause', () => {
		expect(slug(`夜、${'長'.repeat(100)}`)).toBe(`夜-${'長'.repeat(58)}`);
	});

	it('keeps images apart whose template is cut before its index', () => {
		const template = `${'word '.repeat(100)}{index}`;
		const names = [1, 2, 10].map((index) => fileName(template, parts('', { index, count: 10 })));
		expect(new Set(names).size).toBe(3);
		expect(names[2]?.endsWith('-10.png')).toBe(true);
	});

	it('is not slow on a text that is all dots', () => {
		expect(fileName(`a${'.'.repeat(5_000_000)}b`, parts(''))).toBe('a.png');
	});
});

describe('what file systems and readers trip over', () => {
	it.each([
		['con', 'image-con.png'],
		['NUL', 'image-NUL.png'],
		['aux.png', 'image-aux.png'],
		['com1', 'image-com1.png'],
		['LPT9.backup', 'image-LPT9.backup.png'],
		['com¹', 'image-com¹.png'],
		['con .x', 'image-con .x.png'],
		['console', 'console.png'],
		['com10', 'com10.png'],
		['.htaccess', 'htaccess.png'],
		['..', 'image.png'],
		['../../etc/passwd', 'etc-passwd.png'],
		['C:\\temp\\a', 'C-temp-a.png'],
		['a\u0000b\r\nc\u007Fd\u0085e', 'a-b-c-d-e.png'],
		['a\u2028b\u2029c', 'a-b-c.png'],
		['photo\u202Egnp.exe', 'photognp.exe.png'],
		['\u2066a\u2069\u200Eb\u061Cc', 'abc.png'],
		['a\u200Bb\uFEFFc\u00ADd', 'abcd.png'],
		['\u200Da\u200C', 'a.png'],
		['👨‍👩‍👧 party', '👨‍👩‍👧 party.png'],
		['می\u200Cخواهم', 'می\u200Cخواهم.png'],
		['a\uD800b', 'a-b.png'],
		['cafe\u0301', 'café.png'],
		['ends with dots... ', 'ends with dots.png'],
		['photo.JPEG', 'photo.png'],
		['v1.2', 'v1.2.png'],
		// Names that every object has are no placeholders.
		['{constructor}', '{constructor}.png'],
		['{__proto__}-{toString}', '{__proto__}-{toString}.png'],
	])('%j', (template, name) => {
		expect(fileName(template, parts(''))).toBe(name);
	});

	it('a prompt that is the name of a device', () => {
		expect(fileName('{prompt}', parts('CON'))).toBe('image-con.png');
		expect(fileName(standard, parts('CON'))).toBe('image-con.png');
	});
});
