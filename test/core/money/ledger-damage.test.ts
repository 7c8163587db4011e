import fs from 'node:fs';
import path from 'node:path';
import { openLedger } from '../../../core/money/ledger';
import {
	bytesFor,
	cleanUp,
	entryFolders,
	keep,
	keyOf,
	newFolder,
	optionsFor,
	placeIn,
} from './ledger-setup';

afterEach(cleanUp);

const cat = keyOf('a cat');

describe('damage', () => {
	const flip = (file: string): void => {
		const bytes = fs.readFileSync(file);
		const middle = Math.floor(bytes.length / 2);
		bytes[middle] = (bytes[middle] ?? 0) ^ 1;
		fs.writeFileSync(file, bytes);
	};
	it.each([
		['one flipped bit', 'picture.png', flip],
		['a truncated picture', 'picture.png', (file: string) => fs.truncateSync(file, 500)],
		['a missing picture', 'picture.png', (file: string) => fs.rmSync(file)],
		['a flipped bit in the record', 'record.json', flip],
		[
			'a changed digit in the record',
			'record.json',
			(file: string) => {
				fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('0.04', '0.05'));
			},
		],
		['an empty record', 'record.json', (file: string) => fs.truncateSync(file, 0)],
	])('%s: set aside, said, never delivered', async (_what, file, harm) => {
		const folder = newFolder();
		const ledger = openLedger(optionsFor(folder));
		await keep(ledger, cat, placeIn('7'));
		harm(path.join(entryFolders(folder)[0] ?? '', file));
		const { picture, warnings } = await ledger.take(cat, placeIn('7'));
		expect(picture).toBeUndefined();
		expect(warnings).toHaveLength(1);
		expect(warnings[0]).toContain('damaged');
		expect(entryFolders(folder)).toEqual([]);
		expect(fs.readdirSync(path.join(folder, 'damaged'))).toHaveLength(1);
		expect(await ledger.take(cat, placeIn('7'))).toMatchObject({
			picture: undefined,
			warnings: [],
		});
	});

	it('takes the next sound picture', async () => {
		let now = 1_000;
		const folder = newFolder();
		const ledger = openLedger(optionsFor(folder, { now: () => now++ }));
		await keep(ledger, cat, placeIn('7', { itemIndex: 0 }));
		flip(path.join(entryFolders(folder)[0] ?? '', 'picture.png'));
		const sound = await keep(ledger, cat, placeIn('7', { itemIndex: 1 }));
		await ledger.settle('7', 'returned');
		const { picture, warnings } = await ledger.take(cat, placeIn('8'));
		expect(picture?.bytes).toEqual(sound.bytes);
		expect(warnings).toHaveLength(1);
	});

	it('does not mind foreign files', async () => {
		const folder = newFolder();
		const ledger = openLedger(optionsFor(folder));
		const { bytes } = await keep(ledger, cat, placeIn('7'));
		const bucket = path.dirname(entryFolders(folder)[0] ?? '');
		fs.writeFileSync(path.join(bucket, `${cat.slice(0, 40)}-rubbish`), 'x');
		fs.writeFileSync(path.join(folder, 'calls', 'rubbish'), 'x');
		expect(await bytesFor(ledger, cat, placeIn('7'))).toEqual(bytes);
	});
});
