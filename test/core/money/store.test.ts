import fs from 'node:fs';
import path from 'node:path';
import { GptImageError } from '../../../core/errors';
import {
	claim,
	createOnce,
	ensureFolder,
	namesIn,
	readJson,
	storageError,
	sweepTemporary,
	whatAndAdvice,
	writeFolderWhole,
	writeWhole,
} from '../../../core/money/store';
import { readDocument, updateDocument } from '../../../core/money/store-document';
import { cleanUp, newFolder, startChild, tree } from './ledger-setup';

afterEach(cleanUp);
afterEach(() => jest.restoreAllMocks());

const mode = (file: string): string => (fs.statSync(file).mode & 0o777).toString(8);
const errno = (code: string): Error => Object.assign(new Error(`${code}, secret path`), { code });
const failureOf = async (work: Promise<unknown>): Promise<GptImageError> => {
	const error: unknown = await work.then(
		() => undefined,
		(thrown: unknown) => thrown,
	);
	if (error instanceof GptImageError) return error;
	throw new TypeError(`no GptImageError but ${String(error)}`);
};

describe('whole files', () => {
	it('replace what was there, for the owner only, and leave nothing beside', async () => {
		const folder = path.join(newFolder(), 'a', 'b');
		await ensureFolder(folder);
		await ensureFolder(folder);
		const file = path.join(folder, 'file.json');
		await writeWhole(file, '{"a":1}');
		await writeWhole(file, Buffer.from('{"a":2}'));
		expect(await readJson(file)).toEqual({ a: 2 });
		expect([mode(folder), mode(path.dirname(folder)), mode(file)]).toEqual(['700', '700', '600']);
		expect(fs.readdirSync(folder)).toEqual(['file.json']);
	});

	it('stay as they were when the disk fails', async () => {
		const folder = newFolder();
		const file = path.join(folder, 'file');
		await writeWhole(file, 'old');
		jest.spyOn(fs.promises, 'rename').mockRejectedValue(errno('ENOSPC'));
		const { message, facts } = await failureOf(writeWhole(file, 'new'));
		expect(facts.code).toBe('storage_full');
		expect(message).toBe(`Could not use ${file}: the disk is full`);
		expect(fs.readFileSync(file, 'utf8')).toBe('old');
		expect(fs.readdirSync(folder)).toEqual(['file']);
	});

	it('are synced before they get their name, and the name before it is told', async () => {
		const folder = newFolder();
		const steps: string[] = [];
		const open = fs.promises.open;
		jest.spyOn(fs.promises, 'open').mockImplementation(async (...args) => {
			const handle = await open(...args);
			const what = args[1] === 'wx' ? 'file' : 'folder';
			for (const method of ['datasync', 'sync'] as const) {
				const real = handle[method].bind(handle);
				jest.spyOn(handle, method).mockImplementation(async () => {
					await real();
					steps.push(`${what} synced`);
				});
			}
			return handle;
		});
		const rename = fs.promises.rename;
		jest.spyOn(fs.promises, 'rename').mockImplementation(async (...args) => {
			await rename(...args);
			steps.push('named');
		});
		await writeWhole(path.join(folder, 'file'), 'x');
		expect(steps).toEqual(['file synced', 'named', 'folder synced']);
		steps.length = 0;
		await writeFolderWhole(path.join(folder, 'entry'), { a: 'x', b: 'y' });
		expect(steps).toEqual([
			'file synced',
			'file synced',
			'folder synced',
			'named',
			'folder synced',
		]);
	});
});

describe('whole folders', () => {
	it('appear once: the second maker is told and changes nothing', async () => {
		const target = path.join(newFolder(), 'entry');
		expect(await writeFolderWhole(target, { 'a.txt': 'first' })).toBe(true);
		expect(await writeFolderWhole(target, { 'a.txt': 'second', 'b.txt': 'x' })).toBe(false);
		expect(tree(target)).toEqual(['a.txt']);
		expect(fs.readFileSync(path.join(target, 'a.txt'), 'utf8')).toBe('first');
		expect(fs.readdirSync(path.dirname(target))).toEqual(['entry']);
	});

	it('have one maker among many', async () => {
		const target = path.join(newFolder(), 'entry');
		const made = await Promise.all(
			Array.from({ length: 20 }, async (_, i) => await writeFolderWhole(target, { a: `${i}` })),
		);
		expect(made.filter(Boolean)).toHaveLength(1);
		expect(fs.readFileSync(path.join(target, 'a'), 'utf8')).toBe(`${made.indexOf(true)}`);
	});
});

describe('claims', () => {
	it('have one winner among many', async () => {
		const folder = newFolder();
		fs.mkdirSync(path.join(folder, 'free'));
		const won = await Promise.all(
			Array.from({ length: 20 }, async (_, i) =>
				claim(path.join(folder, 'free'), path.join(folder, `taken-${i}`)),
			),
		);
		expect(won.filter(Boolean)).toHaveLength(1);
		expect(fs.readdirSync(folder)).toEqual([`taken-${won.indexOf(true)}`]);
	});

	it('create a file once', async () => {
		const file = path.join(newFolder(), 'mark');
		expect(await createOnce(file, 'a')).toBe(true);
		expect(await createOnce(file, 'b')).toBe(false);
		expect(fs.readFileSync(file, 'utf8')).toBe('a');
		expect(mode(file)).toBe('600');
	});
});

describe('reading', () => {
	it.each(['', '{', 'null x', '\0\0\0'])('%j is no JSON and no error', async (text) => {
		const file = path.join(newFolder(), 'file');
		fs.writeFileSync(file, text);
		expect(await readJson(file)).toBeUndefined();
	});

	it('finds nothing where nothing is', async () => {
		const missing = path.join(newFolder(), 'missing');
		expect(await readJson(missing)).toBeUndefined();
		expect(await namesIn(missing)).toEqual([]);
		expect(await readDocument(missing)).toBeUndefined();
	});

	it('does not show unfinished files, and sweeps them after an hour', async () => {
		const folder = newFolder();
		fs.mkdirSync(path.join(folder, '.tmp-old'));
		fs.writeFileSync(path.join(folder, '.tmp-old', 'half'), 'x');
		fs.writeFileSync(path.join(folder, '.tmp-new'), 'x');
		fs.writeFileSync(path.join(folder, 'file'), 'x');
		const old = Date.now() / 1000 - 3_700;
		fs.utimesSync(path.join(folder, '.tmp-old'), old, old);
		expect(await namesIn(folder)).toEqual(['file']);
		await sweepTemporary(folder);
		expect(fs.readdirSync(folder).sort()).toEqual(['.tmp-new', 'file']);
	});
});

describe('errors', () => {
	it.each([
		['ENOSPC', 'storage_full', 'the disk is full. Free some space on that disk.'],
		['EDQUOT', 'storage_full', 'the disk quota is used up.'],
		['EROFS', 'storage_read_only', 'the disk is read-only.'],
		['EACCES', 'storage_denied', 'n8n may not read or write there.'],
		['EPERM', 'storage_denied', 'n8n may not read or write there.'],
		['ENOTDIR', 'storage_not_a_folder', 'a file is in its place.'],
		['EIO', 'storage_failed', 'the file system refused.'],
	])('%s: %s, in words', (code, expected, words) => {
		const error = storageError(errno(code), '/data/ledger');
		expect(error.facts).toMatchObject({ code: expected, billed: 'no' });
		const text = whatAndAdvice(error);
		expect(text).toContain(`Could not use /data/ledger: ${words}`);
		// n8n replaces a message that contains such a code by a stock text.
		expect(text).not.toMatch(/E[A-Z]{3,}|secret/);
	});

	it('says that a file stands where a folder should be', async () => {
		const file = path.join(newFolder(), 'file');
		fs.writeFileSync(file, '');
		expect((await failureOf(ensureFolder(file))).facts.code).toBe('storage_not_a_folder');
		expect((await failureOf(namesIn(file))).facts.code).toBe('storage_not_a_folder');
		expect((await failureOf(updateDocument(file, () => 1))).facts.code).toBe(
			'storage_not_a_folder',
		);
	});
});

describe('documents', () => {
	const add = (current: unknown): number => (typeof current === 'number' ? current + 1 : 1);

	it('start empty, change, and stay alone when nothing is to change', async () => {
		const folder = path.join(newFolder(), 'document');
		expect(await updateDocument(folder, add)).toBe(1);
		expect(await updateDocument(folder, add)).toBe(2);
		const before = tree(folder);
		expect(await updateDocument(folder, () => undefined)).toBeUndefined();
		expect(tree(folder)).toEqual(before);
		expect(await readDocument(folder)).toBe(2);
	});

	it('lose no update of two processes and this one', async () => {
		const folder = path.join(newFolder(), 'document');
		const children = await Promise.all([startChild(), startChild()]);
		await Promise.all([
			...children.map((child) => child.call('count', folder, 40)),
			...Array.from({ length: 40 }, async () => await updateDocument(folder, add)),
		]);
		expect(await readDocument(folder)).toBe(120);
		expect(fs.readdirSync(folder).length).toBeLessThan(12);
	});

	it('lose no finished update to a kill, and wait for nobody', async () => {
		const folder = path.join(newFolder(), 'document');
		const child = await startChild();
		await child.call('count', folder, 5);
		child.call('count', folder, 10_000).catch(() => undefined);
		await new Promise((resolve) => setTimeout(resolve, 60));
		await child.kill();
		const atDeath = Number(await readDocument(folder));
		expect(atDeath).toBeGreaterThanOrEqual(5);
		expect(await updateDocument(folder, add)).toBe(atDeath + 1);
	});

	it('fall back to the version before when the newest is damaged', async () => {
		const folder = path.join(newFolder(), 'document');
		for (let i = 0; i < 3; i++) await updateDocument(folder, add);
		const newest = fs.readdirSync(folder).sort().at(-1) ?? '';
		fs.writeFileSync(path.join(folder, newest, 'document.json'), '{"value":');
		expect(await readDocument(folder)).toBe(2);
		expect(await updateDocument(folder, add)).toBe(3);
		expect(await readDocument(folder)).toBe(3);
	});

	it('do not count an update that was written under a number long passed', async () => {
		const folder = path.join(newFolder(), 'document');
		await updateDocument(folder, add);
		let isFirst = true;
		const rename = fs.promises.rename;
		// A writer that sleeps right before it takes number 2, while others go on to 40.
		jest.spyOn(fs.promises, 'rename').mockImplementation(async (from, to) => {
			if (isFirst) {
				isFirst = false;
				const child = await startChild();
				await child.call('count', folder, 39);
			}
			await rename(from, to);
		});
		expect(await updateDocument(folder, add)).toBe(41);
		expect(await readDocument(folder)).toBe(41);
	});

	it('count an update once, although others went on before its writer saw that it counted', async () => {
		const folder = path.join(newFolder(), 'document');
		await updateDocument(folder, add);
		const child = await startChild();
		let isFirst = true;
		const rename = fs.promises.rename;
		jest.spyOn(fs.promises, 'rename').mockImplementation(async (from, to) => {
			await rename(from, to);
			if (!isFirst) return;
			isFirst = false;
			await child.call('count', folder, 20);
		});
		expect(await updateDocument(folder, add)).toBe(2);
		expect(await readDocument(folder)).toBe(22);
	});

	it('throw what the change throws', async () => {
		const folder = path.join(newFolder(), 'document');
		const change = (): number => {
			throw new RangeError('mine');
		};
		await expect(updateDocument(folder, change)).rejects.toThrow('mine');
		expect(await updateDocument(folder, add)).toBe(1);
	});
});
