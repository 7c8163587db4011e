import fs, { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { image } from './gpt-image';
import { bought, folder, made, run, sent, setUpPayOnce, shas, warnings } from './pay-once';

setUpPayOnce();
afterEach(() => jest.restoreAllMocks());

describe('a folder in trouble', () => {
	const ledger = () => path.join(folder, 'ledger');
	/** Every new folder in the ledger is refused, as on a disk that is full or read-only. */
	const refuseFolders = (code: string) => {
		const { mkdir } = fs.promises;
		const refused = Object.assign(new Error(`${code}: no`), { code });
		jest
			.spyOn(fs.promises, 'mkdir')
			.mockImplementation(async (target, ...rest) =>
				String(target).startsWith(folder)
					? await Promise.reject(refused)
					: await mkdir(target, ...rest),
			);
	};

	it('a damaged picture is set aside and bought again, with a warning', async () => {
		const first = await run({ prompts: ['a mug'], laterNodeFails: true });
		const pictures = path.join(ledger(), 'pictures');
		const [file] = readdirSync(pictures, { recursive: true, encoding: 'utf8' }).filter((name) =>
			name.endsWith('picture.png'),
		);
		const target = path.join(pictures, file ?? '');
		const bytes = readFileSync(target);
		bytes[200] = (bytes[200] ?? 0) ^ 1;
		writeFileSync(target, bytes);

		const { items } = await run({ prompts: ['a mug'] });
		expect(image(items[0])).toMatchObject(bought);
		expect(warnings(items[0])).toContain('A kept picture was damaged on disk; it was set aside');
		expect(shas(items)).not.toEqual(shas(first.items));
		expect(readdirSync(path.join(ledger(), 'damaged'))).toHaveLength(1);
	});

	it.each([
		['EROFS', 'the disk is read-only'],
		['ENOSPC', 'the disk is full'],
		['EACCES', 'n8n may not read or write there'],
	])('%s: the picture is delivered, with a warning', async (code, said) => {
		refuseFolders(code);
		const { items, status } = await run({ prompts: ['a mug', 'a jug'] });
		expect(status).toBe('success');
		expect(items.map(image)).toMatchObject([bought, bought]);
		expect(shas(items).sort()).toEqual(made().sort());
		expect(warnings(items[0])).toContain(`Paid pictures are not kept`);
		expect(warnings(items[1])).toContain(said);
	});

	it('a full disk and Retry On Fail: what is in hand is not bought twice', async () => {
		refuseFolders('ENOSPC');
		const { items } = await run({
			prompts: ['[[moderation]] a', 'a mug', 'a jug'],
			settings: {
				onError: 'continueRegularOutput',
				retryOnFail: true,
				maxTries: 3,
				waitBetweenTries: 1,
			},
			numberOfImages: 2,
		});
		expect(sent().sort()).toEqual(['[[moderation]] a', 'a jug', 'a mug']);
		expect(items.flatMap((item) => image(item)?.sha256 ?? []).sort()).toEqual(made().sort());
		expect(items.slice(1).map((item) => image(item).index)).toEqual([1, 2, 1, 2]);
	});

	it('a full disk and a failed item: the message says that nothing could be kept', async () => {
		refuseFolders('ENOSPC');
		const { error } = await run({
			prompts: ['a mug', '[[moderation]] a'],
			options: { maxParallel: 1 },
		});
		expect(error?.message).toContain('1 picture of this run is paid but could not be kept on disk');
		jest.restoreAllMocks();
		const { items } = await run({ prompts: ['a mug'] });
		expect(image(items[0])).toMatchObject(bought);
	});

	it('a file in its place: the same', async () => {
		const file = path.join(folder, 'file');
		writeFileSync(file, 'mine');
		const { items } = await run({ prompts: ['a mug'], options: { ledgerFolder: file } });
		expect(image(items[0])).toMatchObject(bought);
		expect(warnings(items[0])).toContain('a file is in its place. Choose a folder, not a file.');
		expect(readFileSync(file, 'utf8')).toBe('mine');
	});

	it('a folder that does not exist is made, for the owner only', async () => {
		const made = path.join(folder, 'not', 'yet');
		const { items } = await run({ prompts: ['a mug'], options: { ledgerFolder: made } });
		expect(warnings(items[0])).toBe('');
		expect(fs.statSync(made).mode & 0o777).toBe(0o700);
	});
});
