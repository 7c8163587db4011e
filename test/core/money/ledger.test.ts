import { openLedger } from '../../../core/money/ledger';
import {
	bytesFor,
	cleanUp,
	keep,
	keyOf,
	newFolder,
	optionsFor,
	placeIn,
	statesIn,
} from './ledger-setup';

afterEach(cleanUp);

const cat = keyOf('a cat');
const dog = keyOf('a dog');

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
