import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { openLedger } from '../../../core/money/ledger';
import {
	cleanUp,
	entryFolders,
	keyOf,
	newFolder,
	onCleanUp,
	optionsFor,
	placeIn,
	somePicture,
	tree,
} from './ledger-setup';

afterEach(cleanUp);
afterEach(() => jest.restoreAllMocks());

const cat = keyOf('a cat');
const place = placeIn('7');

const failing = (code: string) => async (): Promise<never> =>
	await Promise.reject(Object.assign(new Error(`${code}: nothing for people`), { code }));

describe('a folder that cannot be used', () => {
	/** Each makes the folder that the ledger is given. */
	const spoiled: [string, (folder: string) => string][] = [
		[
			'a file',
			(folder) => {
				const file = path.join(folder, 'file');
				fs.writeFileSync(file, 'mine');
				return file;
			},
		],
		[
			'below a file',
			(folder) => {
				fs.writeFileSync(path.join(folder, 'file'), 'mine');
				return path.join(folder, 'file', 'ledger');
			},
		],
	];
	it.each(spoiled)('%s: passes everything through, with one warning', async (_what, spoil) => {
		const ledger = openLedger(optionsFor(spoil(newFolder())));
		expect(await ledger.take(cat, place)).toMatchObject({ picture: undefined, warnings: [] });
		expect(ledger.warnings).toHaveLength(1);
		expect(ledger.warnings[0]).toContain('a file is in its place. Choose a folder, not a file.');
		const bytes = Buffer.from('x');
		const kept = await ledger.keep(cat, place, { bytes, record: {} });
		// sha256sum of "x"
		expect(kept.sha256).toBe('2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881');
		expect(kept.entry).toBeUndefined();
		expect(kept.warnings).toHaveLength(1);
		await ledger.release(await ledger.reserve([cat], place));
		await ledger.hand([]);
		await ledger.settle('7', 'returned');
		expect(ledger.warnings).toHaveLength(1);
	});

	it('a folder without rights: says so without an errno', async () => {
		jest.spyOn(fs.promises, 'mkdir').mockImplementation(failing('EACCES'));
		const ledger = openLedger(optionsFor(path.join(newFolder(), 'ledger')));
		const { warnings, entry } = await ledger.keep(cat, place, { bytes: somePicture(), record: {} });
		expect(entry).toBeUndefined();
		expect(warnings.join()).toContain('n8n may not read or write there');
		expect(warnings.join()).not.toMatch(/EACCES/);
	});

	it('a folder that is repaired is used by the next run', async () => {
		const folder = newFolder();
		const file = path.join(folder, 'ledger');
		fs.writeFileSync(file, 'mine');
		const broken = openLedger(optionsFor(file));
		await broken.take(cat, place);
		expect(broken.warnings).toHaveLength(1);
		fs.rmSync(file);
		const repaired = openLedger(optionsFor(file));
		expect(
			(await repaired.keep(cat, place, { bytes: somePicture(), record: {} })).entry,
		).toBeDefined();
		expect(repaired.warnings).toEqual([]);
	});
});

describe('a disk that fails while writing', () => {
	it.each([
		['ENOSPC', 'the disk is full'],
		['EROFS', 'the disk is read-only'],
		['EIO', 'the file system refused'],
	])('%s: a warning instead of an entry, and nothing left behind', async (code, words) => {
		const folder = newFolder();
		const ledger = openLedger(optionsFor(folder));
		await ledger.keep(keyOf('before'), place, { bytes: somePicture(), record: {} });
		const before = tree(folder);
		const open = fs.promises.open;
		jest.spyOn(fs.promises, 'open').mockImplementation(async (...args) => {
			const handle = await open(...args);
			if (args[1] === 'wx') jest.spyOn(handle, 'writeFile').mockImplementation(failing(code));
			return handle;
		});
		const kept = await ledger.keep(cat, place, { bytes: somePicture(), record: {} });
		expect(kept.entry).toBeUndefined();
		expect(kept.sha256).toMatch(/^[0-9a-f]{64}$/);
		expect(kept.warnings).toHaveLength(1);
		expect(kept.warnings[0]).toContain(words);
		expect(kept.warnings[0]).not.toContain(code);
		const bucket = `pictures/${cat.slice(0, 2)}`;
		expect(tree(folder).filter((name) => name !== bucket)).toEqual(before);
	});

	it('still hands out what it has when nothing new fits', async () => {
		const folder = newFolder();
		const ledger = openLedger(optionsFor(folder));
		const bytes = somePicture();
		await ledger.keep(cat, place, { bytes, record: {} });
		await ledger.settle('7', 'returned');
		jest.spyOn(fs.promises, 'open').mockImplementation(failing('ENOSPC'));
		jest.spyOn(fs.promises, 'writeFile').mockImplementation(failing('ENOSPC'));
		const { picture, warnings } = await ledger.take(cat, placeIn('8'));
		expect(picture?.bytes).toEqual(bytes);
		expect(warnings).toEqual([]);
	});

	it('hands it out to a second try of its execution too, which finds no room for a folder', async () => {
		const folder = newFolder();
		const bytes = somePicture();
		const first = openLedger(optionsFor(folder));
		const { entry } = await first.keep(cat, place, { bytes, record: {} });
		await first.hand(entry ? [entry] : []);
		jest.spyOn(fs.promises, 'mkdir').mockImplementation(failing('ENOSPC'));
		const second = openLedger(optionsFor(folder));
		expect((await second.take(cat, place)).picture?.bytes).toEqual(bytes);
		expect(second.warnings).toEqual([]);
	});

	it('does not throw when a state cannot be changed', async () => {
		const ledger = openLedger(optionsFor(newFolder()));
		const { entry } = await ledger.keep(cat, place, { bytes: somePicture(), record: {} });
		jest.spyOn(fs.promises, 'rename').mockImplementation(failing('EROFS'));
		await ledger.hand(entry ? [entry] : []);
		expect(ledger.warnings.join()).toContain('the disk is read-only');
	});
});

/** Needs the right to mount; the simulated failures above say the same where it is missing. */
function tinyDisk(kilobytes: number): string | undefined {
	const folder = newFolder();
	try {
		execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder], {
			stdio: 'ignore',
		});
	} catch {
		return undefined;
	}
	onCleanUp(() => execFileSync('umount', [folder]));
	return folder;
}

describe('a real disk of one megabyte', () => {
	it('keeps what fits, warns about the rest and gives all of it back', async () => {
		const folder = tinyDisk(1_024);
		if (folder === undefined) return;
		const ledger = openLedger(optionsFor(folder));
		const made = [];
		for (let itemIndex = 0; itemIndex < 4; itemIndex++) {
			const bytes = somePicture(300_000);
			const at = placeIn('7', { itemIndex });
			made.push({ bytes, ...(await ledger.keep(cat, at, { bytes, record: { itemIndex } })) });
		}
		expect(made.map(({ entry }) => entry !== undefined)).toEqual([true, true, true, false]);
		expect(made[3]?.warnings.join()).toContain('the disk is full');
		expect(entryFolders(folder)).toHaveLength(3);
		await ledger.settle('7', 'returned');
		const got = [];
		for (let itemIndex = 0; itemIndex < 4; itemIndex++) {
			got.push((await ledger.take(cat, placeIn('8', { itemIndex }))).picture?.record.itemIndex);
		}
		expect(got).toEqual([0, 1, 2, undefined]);
	});

	it('passes everything through when mounted read-only', async () => {
		const folder = tinyDisk(1_024);
		if (folder === undefined) return;
		await openLedger(optionsFor(folder)).keep(cat, place, { bytes: somePicture(), record: {} });
		execFileSync('mount', ['-o', 'remount,ro', folder]);
		const ledger = openLedger(optionsFor(folder));
		const kept = await ledger.keep(cat, place, { bytes: somePicture(), record: {} });
		expect(kept.entry).toBeUndefined();
		expect(kept.warnings.join()).toContain('the disk is read-only');
	});
});
