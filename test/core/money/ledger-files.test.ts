import fs from 'node:fs';
import path from 'node:path';
import { openLedger } from '../../../core/money/ledger';
import {
	cleanUp,
	entryFolders,
	keep,
	keyOf,
	newFolder,
	optionsFor,
	placeIn,
	somePicture,
	tree,
} from './ledger-setup';

afterEach(cleanUp);

const cat = keyOf('a cat');
const dog = keyOf('a dog');

describe('what is on disk', () => {
	it('is for the owner only', async () => {
		const folder = path.join(newFolder(), 'not', 'yet', 'there');
		const ledger = openLedger(optionsFor(folder));
		await keep(ledger, cat, placeIn('7'));
		await ledger.reserve([dog], placeIn('7'));
		const modes = tree(folder).map((name) => {
			const facts = fs.statSync(path.join(folder, name));
			return `${facts.isDirectory() ? 'd' : 'f'} ${(facts.mode & 0o777).toString(8)}`;
		});
		expect([...new Set(modes)].sort()).toEqual(['d 700', 'f 600']);
		expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
	});

	it('has no prompt when prompts are not to be kept', async () => {
		const folder = newFolder();
		const record = {
			model: 'gpt-image-2',
			prompt: 'top secret cat',
			revisedPrompt: 'a top secret cat, oil on canvas',
			nested: [{ prompt: 'top secret cat', size: '1024x1024' }],
		};
		const place = placeIn('7');
		const discreet = openLedger(optionsFor(folder, { keepPrompts: false }));
		await discreet.keep(cat, place, { bytes: somePicture(), record });
		const texts = tree(folder)
			.map((name) => path.join(folder, name))
			.filter((file) => fs.statSync(file).isFile())
			.map((file) => fs.readFileSync(file, 'latin1') + file);
		expect(texts.join()).not.toContain('secret');
		expect((await discreet.take(cat, place)).picture?.record).toEqual({
			model: 'gpt-image-2',
			nested: [{ size: '1024x1024' }],
		});
	});

	it('is one picture file that people can open, and a record', async () => {
		const folder = newFolder();
		const { bytes } = await keep(openLedger(optionsFor(folder)), cat, placeIn('7'));
		const entry = entryFolders(folder)[0] ?? '';
		expect(fs.readdirSync(entry).sort()).toEqual(['picture.png', 'record.json']);
		expect(fs.readFileSync(path.join(entry, 'picture.png'))).toEqual(bytes);
	});
});
