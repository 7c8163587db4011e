import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { image } from './gpt-image';
import { bought, double, folder, made, run, sent, setUpPayOnce, shas, warnings } from './pay-once';

setUpPayOnce();

/** Nothing can be written there: a file stands in the place of the folder. */
function spoil(): string {
	const file = path.join(folder, 'file');
	writeFileSync(file, 'mine');
	process.env.N8N_GPT_IMAGE_STORE = file;
	return file;
}

describe('a folder in trouble', () => {
	it('a damaged image is set aside and bought again, with a warning', async () => {
		const first = await run({ prompts: ['a mug'], laterNodeFails: true });
		const images = path.join(folder, 'images');
		const [name = ''] = readdirSync(images, { recursive: true, encoding: 'utf8' }).filter((file) =>
			file.endsWith('.png'),
		);
		const target = path.join(images, name);
		const bytes = readFileSync(target);
		bytes[200] = (bytes[200] ?? 0) ^ 1;
		writeFileSync(target, bytes);

		const { items } = await run({ prompts: ['a mug'] });
		expect(image(items[0])).toMatchObject(bought);
		expect(warnings(items[0])).toContain('A stored image was damaged on disk');
		expect(shas(items)).not.toEqual(shas(first.items));
	});

	it('a file in its place: the images are delivered, with a warning, and the file stays', async () => {
		const file = spoil();
		const { items, status } = await run({ prompts: ['a mug', 'a jug'] });
		expect(status).toBe('success');
		expect(items.map(image)).toMatchObject([bought, bought]);
		expect(shas(items).sort()).toEqual(made().sort());
		for (const item of items) expect(warnings(item)).toContain('could not be stored');
		expect(readFileSync(file, 'utf8')).toBe('mine');
	});

	it('nothing kept and Retry On Fail: a second try buys again, and both tries say so', async () => {
		spoil();
		const { items } = await run({
			prompts: ['[[500 x1 unbilled]] a', 'a mug'],
			limits: { retryLost: false },
			settings: {
				onError: 'continueRegularOutput',
				retryOnFail: true,
				maxTries: 2,
				waitBetweenTries: 1,
			},
		});
		expect(image(items[1])).toMatchObject(bought);
		expect(warnings(items[1])).toContain('could not be stored');
		expect(sent().filter((prompt) => prompt === 'a mug')).toHaveLength(2);
	});

	it('nothing kept and a failed item: the message does not say that anything was', async () => {
		spoil();
		const { error } = await run({
			prompts: ['a mug', '[[moderation]] a'],
			limits: { maxParallel: 1 },
		});
		expect(error?.message).toContain('[item 1]');
		expect(error?.message).not.toContain('kept');
	});

	it('a limit that cannot be kept: nothing is sent', async () => {
		spoil();
		const { error } = await run({ prompts: ['a mug'], credential: { maxCostPerDay: 5 } });
		expect(error?.message).toContain('spending cannot be recorded');
		expect(double.journal).toEqual([]);
	});

	it('a folder that does not exist is made, for the owner only', async () => {
		const made = path.join(folder, 'not', 'yet');
		mkdirSync(path.dirname(made), { recursive: true });
		process.env.N8N_GPT_IMAGE_STORE = made;
		const { items } = await run({ prompts: ['a mug'] });
		expect(warnings(items[0])).toBe('');
		expect(statSync(made).mode & 0o777).toBe(0o700);
	});
});
