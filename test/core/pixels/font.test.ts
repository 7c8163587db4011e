import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { escapeXml, fitText, textWidth, wrapText } from '../../../core/pixels/font';

const root = path.join(__dirname, '../../..');

it('breaks lines between words, long words anywhere', () => {
	const lines = wrapText('one two three four five six seven', 6, 9);
	expect(lines.length).toBeGreaterThan(2);
	expect(lines.join(' ')).toBe('one two three four five six seven');
	expect(wrapText('x'.repeat(100), 6, 99).join('')).toBe('x'.repeat(100));
	expect(wrapText('漢'.repeat(30), 5, 99)).toHaveLength(6);
	expect(wrapText('  \n ', 6, 3)).toEqual([]);
	expect(wrapText('one two', 6, 0)).toEqual([]);
});

it('says with … that text is missing', () => {
	const lines = wrapText('one two three four five six seven', 6, 2);
	expect(lines).toHaveLength(2);
	expect(lines[1]).toMatch(/…$/);
	expect(fitText('short', 10)).toBe('short');
	expect(textWidth(fitText('a name that is much too long', 10))).toBeLessThanOrEqual(10);
});

it('takes a text of any length without a pause', () => {
	expect(fitText('x'.repeat(1_000_000), 10)).toHaveLength(15);
});

it('puts nothing into the SVG that is not text', () => {
	expect(escapeXml('<a b="c">&\'\u0000\u001b\ud800')).toBe(
		'&#60;a b=&#34;c&#34;&#62;&#38;&#39;   ',
	);
});

it('draws letters, and prints nothing, on a machine without fonts and without a configuration', async () => {
	const script = `
		const { existsSync } = require('node:fs');
		require('node:fs').existsSync = (file) => file !== '/etc/fonts/fonts.conf' && existsSync(file);
		require('tsx/cjs');
		const { loadSharpWithFont, fontFamily } = require('./core/pixels/font.ts');
		const draw = async (letter) => {
			const sharp = await loadSharpWithFont();
			const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="50" height="50"><text y="40" font-size="40" font-family="' + fontFamily + '">' + letter + '</text></svg>';
			return (await sharp(Buffer.from(svg)).raw().toBuffer()).toString('hex');
		};
		(async () => console.log(await draw('A') === await draw('B') ? 'boxes' : process.env.FONTCONFIG_FILE))();`;
	const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', script], {
		cwd: root,
		env: { PATH: process.env.PATH, HOME: await mkdtemp(path.join(tmpdir(), 'home-')) },
	});
	expect([stdout.trim(), stderr]).toEqual([path.join(root, 'core/pixels/fonts/fonts.conf'), '']);
});
