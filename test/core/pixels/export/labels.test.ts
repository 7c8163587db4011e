import { execFile } from 'node:child_process';
import { promises as fs } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { isProvided } from '../../../services/debian';
import { labelIn } from '../../../../core/pixels/ai-label';
import { maskFromBox } from '../../../../core/pixels/mask/mask';
import { preserveOutside } from '../../../../core/pixels/mask/preserve-outside';
import { flat, origin, speckled } from '../samples';
import { exported, named } from './exported';

const EXIFTOOL = '/usr/bin/exiftool';
const GENERATED = 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia';
const COMPOSITE =
	'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia';

let folder: string;
beforeAll(async () => {
	folder = await fs.mkdtemp(path.join(os.tmpdir(), 'labels-'));
});

/** The label as a reader that is not ours finds it; by sharp where there is no exiftool. */
async function readLabel(bytes: Buffer): Promise<string | undefined> {
	if (!(await isProvided(EXIFTOOL, 'libimage-exiftool-perl'))) {
		const { xmpAsString = '' } = await sharp(bytes).metadata();
		return /DigitalSourceType>([^<]+)</.exec(xmpAsString)?.[1];
	}
	const file = path.join(folder, 'image');
	await fs.writeFile(file, bytes);
	const { stdout } = await promisify(execFile)(EXIFTOOL, [
		'-json',
		'-n',
		'-XMP-iptcExt:DigitalSourceType',
		file,
	]);
	const [found] = JSON.parse(stdout) as ReadonlyArray<{ DigitalSourceType?: string }>;
	return found?.DigitalSourceType;
}

const image = async () => await speckled(400, 300).png().toBuffer();
const small = { width: 200, height: 200 };

it.each(['png', 'jpeg', 'webp', 'avif', 'tiff'])(
	'exiftool reads the label of a %s',
	async (outputFormat) => {
		const { bytes, label, format } = await exported(await image(), {
			...small,
			options: { outputFormat },
			input: { isGenerated: true },
		});
		expect([format, label, await readLabel(bytes)]).toEqual([outputFormat, 'written', GENERATED]);
	},
);

it('a GIF cannot carry it, and the file says so', async () => {
	const file = await exported(await image(), {
		...small,
		options: { outputFormat: 'gif' },
		input: { isGenerated: true },
	});
	expect([file.format, file.label]).toEqual(['gif', 'impossible']);
});

const logo = async () =>
	named(await flat(40, 20, '#2040ff').png().toBuffer(), 'logo.png', 'logoField');

it.each([
	['auto', true, false, GENERATED],
	['auto', true, true, COMPOSITE],
	['auto', false, false, undefined],
	['auto', false, true, undefined],
	['trained', false, false, GENERATED],
	['composite', true, false, COMPOSITE],
	['none', true, true, undefined],
])('%s, made by a model: %s, with a logo: %s', async (aiLabel, isGenerated, hasLogo, wanted) => {
	const { bytes, label } = await exported(await image(), {
		...small,
		logo: hasLogo ? { field: 'logo' } : {},
		options: { aiLabel },
		input: { isGenerated, logo: hasLogo ? await logo() : undefined },
	});
	expect(label).toBe(wanted ? 'written' : 'none');
	expect(await readLabel(bytes)).toBe(wanted);
});

it('a label that a file has already is not lost on the way', async () => {
	const first = await exported(await image(), { ...small, input: { isGenerated: true } });
	const second = await exported(first.bytes, {
		width: 100,
		height: 100,
		options: { outputFormat: 'webp' },
	});
	expect([second.label, await readLabel(second.bytes)]).toEqual(['written', GENERATED]);
	const branded = await exported(first.bytes, {
		width: 100,
		height: 100,
		logo: { field: 'logo' },
		input: { logo: await logo() },
	});
	expect(await readLabel(branded.bytes)).toBe(COMPOSITE);
	const untouched = await exported(first.bytes, small);
	expect(untouched.bytes.equals(first.bytes)).toBe(true);
	expect(untouched.label).toBe('written');
});

it('labels are read however they are written, and a camera’s is none', () => {
	expect(labelIn(`<rdf:Description Iptc4xmpExt:DigitalSourceType="${GENERATED}"/>`)).toBe(
		'trained',
	);
	expect(labelIn(`<Iptc4xmpExt:DigitalSourceType rdf:resource="${COMPOSITE}"/>`)).toBe('composite');
	expect(labelIn(`<Iptc4xmpExt:DigitalSourceType>${GENERATED}</`)).toBe('trained');
	expect(
		labelIn('DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"'),
	).toBeUndefined();
	expect(labelIn(undefined)).toBeUndefined();
});

it('a label that begins half a million times and never ends is none, at once', () => {
	expect(labelIn('DigitalSourceType:http'.repeat(500_000))).toBeUndefined();
});

it.each(['png', 'jpeg', 'webp'] as const)(
	'an edit whose outside was put back into a %s is labelled as composite',
	async (format) => {
		const size = { width: 64, height: 64 };
		const { bytes } = await preserveOutside({
			original: await flat(64, 64, '#444').png().toBuffer(),
			origin,
			mask: await maskFromBox({ x: 0, y: 0, width: 50, height: 50 }, size),
			feather: 0,
			format,
			compression: undefined,
			answer: await flat(64, 64, '#888').png().toBuffer(),
		});
		expect(await readLabel(bytes)).toBe(COMPOSITE);
	},
);

it.each([
	['generated', 200],
	['modified', 200],
])('the badge "%s" stands in a free corner', async (aiBadge) => {
	const ground = await flat(800, 800, '#ffffff').png().toBuffer();
	const plain = { width: 800, height: 800, options: { outputFormat: 'png', aiBadge } };
	const { bytes } = await exported(ground, plain);
	const darkest = async (file: Buffer, left: number, top: number): Promise<number> =>
		Math.min(
			...(await sharp(file)
				.extract({ left, top, width: 100, height: 40 })
				.removeAlpha()
				.raw()
				.toBuffer()),
		);
	// Within the margin of 32 pixels, at the bottom right.
	expect(await darkest(bytes, 668, 728)).toBeLessThan(60);
	expect(await darkest(bytes, 32, 728)).toBe(255);
	const taken = await exported(ground, {
		...plain,
		text: { headline: 'x', position: 'bottomRight', color: '#ff0000', panel: 'none' },
	});
	expect(await darkest(taken.bytes, 32, 728)).toBeLessThan(60);
});
