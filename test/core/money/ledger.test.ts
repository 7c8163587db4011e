import fs from 'node:fs';
import path from 'node:path';
import { GptImageError } from '../../../core/errors';
import { openLedger } from '../../../core/money/ledger';
import type { Ledger, Place } from '../../../core/money/ledger';
import {
	cleanUp,
	entryFolders,
	keyOf,
	newFolder,
	optionsFor,
	placeIn,
	somePicture,
	statesIn,
	tree,
} from './ledger-setup';

afterEach(cleanUp);

const cat = keyOf('a cat');
const dog = keyOf('a dog');

const keep = async (ledger: Ledger, key: string, place: Place, bytes = somePicture()) => {
	const kept = await ledger.keep(key, place, {
		bytes,
		record: { format: 'png', usd: 0.04, requestId: 'req_1' },
	});
	return { bytes, ...kept };
};

const bytesFor = async (ledger: Ledger, key: string, place: Place): Promise<Buffer | undefined> =>
	(await ledger.take(key, place)).picture?.bytes;

describe('an execution that is stopped while the ledger is at work', () => {
	it('frees a picture that was being kept', async () => {
		const folder = newFolder();
		const ledger = openLedger(optionsFor(folder));
		await ledger.take(cat, placeIn('7'));
		const keeping = keep(ledger, cat, placeIn('7'));
		await ledger.settle('7', 'returned');
		const { bytes } = await keeping;
		expect(statesIn(folder)).toEqual(['free']);
		expect(await bytesFor(ledger, cat, placeIn('8'))).toEqual(bytes);
	});

	it('frees a picture that was being taken', async () => {
		const folder = newFolder();
		const ledger = openLedger(optionsFor(folder));
		await keep(ledger, cat, placeIn('7'));
		await ledger.settle('7', 'returned');
		const taking = ledger.take(cat, placeIn('8'));
		await ledger.settle('8', 'returned');
		await taking;
		expect(statesIn(folder)).toEqual(['free']);
	});

	it('frees a picture that was being handed', async () => {
		const folder = newFolder();
		const ledger = openLedger(optionsFor(folder));
		const { entry } = await keep(ledger, cat, placeIn('7'));
		const handing = ledger.hand(entry ? [entry] : []);
		await ledger.settle('7', 'returned');
		await handing;
		expect(statesIn(folder)).toEqual(['free']);
		expect(await bytesFor(ledger, cat, placeIn('8'))).toBeDefined();
	});
});

describe('the same execution again', () => {
	it('hands out what was paid, with its record, digest and time', async () => {
		const folder = newFolder();
		const now = Date.UTC(2026, 10, 20, 12);
		const ledger = openLedger(optionsFor(folder, { now: () => now }));
		const bytes = Buffer.from('not really a picture');
		const kept = await keep(ledger, cat, placeIn('7'), bytes);
		expect(kept.warnings).toEqual([]);
		// sha256sum of the text above
		expect(kept.sha256).toBe('fe1a4ab1fb6347036bead73597d5d2958b26ac0b96f68ca2f6dcee53a50f297e');
		const { picture, warnings } = await ledger.take(cat, placeIn('7'));
		expect(warnings).toEqual([]);
		expect(picture?.bytes.equals(bytes)).toBe(true);
		expect(picture?.sha256).toBe(kept.sha256);
		expect(picture?.record).toEqual({ format: 'png', usd: 0.04, requestId: 'req_1' });
		expect(picture?.madeAt).toBe(now);
	});

	it.each(['undelivered', 'always', 'never'] as const)('also with reuse %s', async (reuse) => {
		const ledger = openLedger(optionsFor(newFolder(), { reuse }));
		const { bytes } = await keep(ledger, cat, placeIn('7'));
		expect(await bytesFor(ledger, cat, placeIn('7'))).toEqual(bytes);
	});

	it('gives each of several identical items its own picture', async () => {
		const ledger = openLedger(optionsFor(newFolder()));
		const items = [0, 1, 2].map((itemIndex) => placeIn('7', { itemIndex }));
		const made = [];
		for (const place of items) made.push((await keep(ledger, cat, place)).bytes);
		const again = await Promise.all(
			[...items].reverse().map(async (place) => await bytesFor(ledger, cat, place)),
		);
		expect(again.reverse()).toEqual(made);
	});

	it('buys anew in the next round of a loop, while the first round still runs', async () => {
		const ledger = openLedger(optionsFor(newFolder()));
		await keep(ledger, cat, placeIn('7', { runIndex: 0 }));
		expect(await bytesFor(ledger, cat, placeIn('7', { runIndex: 1 }))).toBeUndefined();
	});

	it('finds a picture that was already handed to n8n, and after a failed try', async () => {
		const ledger = openLedger(optionsFor(newFolder()));
		const kept = await keep(ledger, cat, placeIn('7'));
		if (kept.entry) await ledger.hand([kept.entry]);
		expect(await bytesFor(ledger, cat, placeIn('7'))).toEqual(kept.bytes);
		await ledger.settle('7', 'returned');
		expect(await bytesFor(ledger, cat, placeIn('7'))).toEqual(kept.bytes);
	});

	it('finds one that was marked delivered because n8n cannot tell the end', async () => {
		const ledger = openLedger(optionsFor(newFolder(), { reuse: 'never' }));
		const kept = await keep(ledger, cat, placeIn('7'));
		if (kept.entry) await ledger.hand([kept.entry], 'delivered');
		expect(await bytesFor(ledger, cat, placeIn('7'))).toEqual(kept.bytes);
		expect(await bytesFor(ledger, cat, placeIn('8'))).toBeUndefined();
	});
});

describe('another execution', () => {
	it('gets nothing of an execution that still runs', async () => {
		const ledger = openLedger(optionsFor(newFolder()));
		const kept = await keep(ledger, cat, placeIn('7'));
		expect(await bytesFor(ledger, cat, placeIn('8'))).toBeUndefined();
		if (kept.entry) await ledger.hand([kept.entry]);
		expect(await bytesFor(ledger, cat, placeIn('8'))).toBeUndefined();
	});

	it('gets nothing of an execution that ended well', async () => {
		const folder = newFolder();
		const ledger = openLedger(optionsFor(folder));
		const kept = await keep(ledger, cat, placeIn('7'));
		if (kept.entry) await ledger.hand([kept.entry]);
		await ledger.settle('7', 'delivered');
		expect(statesIn(folder)).toEqual(['done']);
		expect(await bytesFor(ledger, cat, placeIn('8'))).toBeUndefined();
	});

	it.each([true, false])(
		'gets the pictures of one that failed, once, in order of payment (handed: %s)',
		async (handed) => {
			let now = 1_000;
			const ledger = openLedger(optionsFor(newFolder(), { now: () => now }));
			const made = [];
			for (const itemIndex of [0, 1]) {
				now += 1_000;
				made.push(await keep(ledger, cat, placeIn('7', { itemIndex })));
			}
			if (handed) await ledger.hand(made.flatMap(({ entry }) => entry ?? []));
			await ledger.settle('7', 'returned');
			const places = [5, 6, 7].map((itemIndex) => placeIn('8', { itemIndex }));
			const got = [];
			for (const place of places) got.push(await bytesFor(ledger, cat, place));
			expect(got).toEqual([made[0]?.bytes, made[1]?.bytes, undefined]);
		},
	);

	it('gets a picture that its node took but did not hand, although the execution ended well', async () => {
		const ledger = openLedger(optionsFor(newFolder()));
		const { bytes } = await keep(ledger, cat, placeIn('7'));
		await ledger.settle('7', 'delivered');
		expect(await bytesFor(ledger, cat, placeIn('8'))).toEqual(bytes);
	});

	it('gets only its own request, workflow and node', async () => {
		const ledger = openLedger(optionsFor(newFolder()));
		await keep(ledger, cat, placeIn('7'));
		await ledger.settle('7', 'returned');
		expect(await bytesFor(ledger, dog, placeIn('8'))).toBeUndefined();
		const elsewhere = [{ workflowId: 'workflow-2' }, { nodeId: 'node-2' }];
		for (const more of elsewhere) {
			expect(await bytesFor(ledger, cat, placeIn('8', more))).toBeUndefined();
		}
		expect(await bytesFor(ledger, cat, placeIn('8'))).toBeDefined();
	});

	it('gets nothing with reuse never', async () => {
		const folder = newFolder();
		const ledger = openLedger(optionsFor(folder, { reuse: 'never' }));
		await keep(ledger, cat, placeIn('7'));
		await ledger.settle('7', 'returned');
		expect(await bytesFor(ledger, cat, placeIn('8'))).toBeUndefined();
	});

	it('with reuse always gets any young picture of the request, as often as it likes', async () => {
		let now = Date.UTC(2026, 10, 20);
		const folder = newFolder();
		const ledger = openLedger(
			optionsFor(folder, { reuse: 'always', reuseHours: 2, now: () => now }),
		);
		const kept = await keep(ledger, cat, placeIn('7'));
		if (kept.entry) await ledger.hand([kept.entry]);
		await ledger.settle('7', 'delivered');
		const elsewhere = placeIn('8', { workflowId: 'workflow-2', nodeId: 'other' });
		now += 2 * 3_600_000 - 1;
		for (let i = 0; i < 2; i++) {
			const { picture } = await ledger.take(cat, elsewhere);
			expect(picture?.bytes).toEqual(kept.bytes);
			expect(picture?.entry).toBeUndefined();
		}
		now += 1;
		expect(await bytesFor(ledger, cat, elsewhere)).toBeUndefined();
		expect(statesIn(folder)).toEqual(['done']);
	});

	it('never shares a picture with an execution that looks at the same moment', async () => {
		const folder = newFolder();
		const ledger = openLedger(optionsFor(folder));
		for (let itemIndex = 0; itemIndex < 10; itemIndex++) {
			await keep(ledger, cat, placeIn('7', { itemIndex }));
		}
		await ledger.settle('7', 'returned');
		const wishes = ['8', '9'].flatMap((execution) =>
			[0, 1, 2, 3, 4, 5, 6, 7].map((itemIndex) => placeIn(execution, { itemIndex })),
		);
		const got = await Promise.all(wishes.map(async (place) => await bytesFor(ledger, cat, place)));
		const digests = got.flatMap((bytes) => (bytes ? [keyOf(bytes.toString('hex'))] : []));
		expect(digests).toHaveLength(10);
		expect(new Set(digests).size).toBe(10);
	});

	it('frees what is kept or handed after its execution was cancelled', async () => {
		const folder = newFolder();
		const ledger = openLedger(optionsFor(folder));
		const early = await keep(ledger, cat, placeIn('7'));
		await ledger.settle('7', 'returned');
		const late = await keep(ledger, dog, placeIn('7', { itemIndex: 1 }));
		expect(statesIn(folder)).toEqual(['free', 'free']);
		await ledger.hand([early, late].flatMap(({ entry }) => entry ?? []));
		expect(statesIn(folder)).toEqual(['free', 'free']);
		expect(await bytesFor(ledger, dog, placeIn('8'))).toEqual(late.bytes);
	});
});

describe('where n8n cannot tell how an execution ends', () => {
	it('a try that failed and one that went well leave nothing to others', async () => {
		const folder = newFolder();
		const ledger = openLedger(optionsFor(folder));
		await keep(ledger, cat, placeIn('7'));
		await ledger.settle('7', 'returned');
		const { picture } = await ledger.take(cat, placeIn('7'));
		await ledger.hand(picture?.entry ? [picture.entry] : [], 'delivered');
		expect(statesIn(folder)).toEqual(['done']);
		expect(await bytesFor(ledger, cat, placeIn('8'))).toBeUndefined();
	});
});

it('an execution may take longer than a day', async () => {
	let now = Date.now();
	const folder = newFolder();
	const ledger = openLedger(optionsFor(folder, { now: () => now }));
	const { entry } = await keep(ledger, cat, placeIn('7'));
	now += 31 * 24 * 3_600_000;
	await ledger.hand([]);
	expect(statesIn(folder)).toEqual(['held']);
	await ledger.hand(entry ? [entry] : []);
	await ledger.settle('7', 'delivered');
	expect(statesIn(folder)).toEqual(['done']);
});

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

describe('permanent refusals', () => {
	const failure = (retryable: boolean, code = 'moderation_blocked'): GptImageError =>
		new GptImageError('Your request was rejected by the safety system', {
			code,
			advice: 'Change the prompt.',
			status: 400,
			requestId: 'req_9',
			retryable,
			billed: 'no',
			cause: new Error('secret'),
		});

	it('are known again in the same execution only', async () => {
		const ledger = openLedger(optionsFor(newFolder()));
		await ledger.refuse(cat, placeIn('7'), failure(false));
		const known = await ledger.refusal(cat, placeIn('7'));
		expect(known?.message).toBe('Your request was rejected by the safety system');
		expect(known?.facts).toMatchObject({ code: 'moderation_blocked', status: 400, billed: 'no' });
		expect(await ledger.refusal(dog, placeIn('7'))).toBeUndefined();
		expect(await ledger.refusal(cat, placeIn('8'))).toBeUndefined();
		expect(await ledger.refusal(cat, placeIn('7', { itemIndex: 1 }))).toBeUndefined();
	});

	it('are forgotten with their execution, on disk too', async () => {
		const folder = newFolder();
		const ledger = openLedger(optionsFor(folder));
		await ledger.refuse(cat, placeIn('7'), failure(false));
		const files = fs.readdirSync(path.join(folder, 'refused'));
		expect(files).toHaveLength(1);
		expect(fs.readFileSync(path.join(folder, 'refused', files[0] ?? ''), 'utf8')).not.toContain(
			'secret',
		);
		await ledger.settle('7', 'returned');
		expect(await ledger.refusal(cat, placeIn('7'))).toBeUndefined();
		expect(fs.readdirSync(path.join(folder, 'refused'))).toEqual([]);
	});

	it('do not include what may succeed later, nor a stop by the user', async () => {
		const ledger = openLedger(optionsFor(newFolder()));
		await ledger.refuse(cat, placeIn('7'), failure(true));
		await ledger.refuse(cat, placeIn('7'), failure(false, 'aborted'));
		expect(await ledger.refusal(cat, placeIn('7'))).toBeUndefined();
	});
});

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
