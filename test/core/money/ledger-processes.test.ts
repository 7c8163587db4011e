import fs from 'node:fs';
import path from 'node:path';
import { openLedger } from '../../../core/money/ledger';
import {
	cleanUp,
	entryFolders,
	keyOf,
	newFolder,
	optionsFor,
	placeIn,
	somePicture,
	startChild,
	statesIn,
} from './ledger-setup';

afterEach(cleanUp);

const cat = keyOf('a cat');
const text = (bytes: Buffer | undefined): string | undefined => bytes?.toString('base64');

describe('a process that dies', () => {
	it('leaves what it kept to the next execution', async () => {
		const folder = newFolder();
		const child = await startChild();
		await child.call('open', optionsFor(folder));
		const picture = somePicture();
		await child.call('keep', cat, placeIn('7'), picture.toString('base64'));
		const ledger = openLedger(optionsFor(folder));
		expect((await ledger.take(cat, placeIn('8'))).picture).toBeUndefined();
		await child.kill();
		expect(text((await ledger.take(cat, placeIn('8'))).picture?.bytes)).toBe(text(picture));
		expect((await ledger.take(cat, placeIn('9'))).picture).toBeUndefined();
	});

	it('leaves what it handed to n8n, for 24 hours', async () => {
		const folder = newFolder();
		const child = await startChild();
		await child.call('open', optionsFor(folder));
		const handedAt = Date.now();
		await child.call('keep', cat, placeIn('7'), somePicture().toString('base64'));
		await child.call('hand');
		expect(statesIn(folder)).toEqual(['handed']);
		const at = async (now: number) =>
			(await openLedger(optionsFor(folder, { now: () => now })).take(cat, placeIn('8'))).picture;
		expect(await at(handedAt + 3_600_000)).toBeUndefined();
		await child.kill();
		expect(await at(handedAt + 24 * 3_600_000 + 60_000)).toBeUndefined();
		expect(await at(handedAt + 23 * 3_600_000)).toBeDefined();
	});

	it('leaves nothing of an execution that it saw end well', async () => {
		const folder = newFolder();
		const child = await startChild();
		await child.call('open', optionsFor(folder));
		await child.call('keep', cat, placeIn('7'), somePicture().toString('base64'));
		await child.call('hand');
		await child.call('settle', '7', 'delivered');
		await child.kill();
		const ledger = openLedger(optionsFor(folder));
		expect((await ledger.take(cat, placeIn('8'))).picture).toBeUndefined();
		expect(statesIn(folder)).toEqual(['done']);
	});

	it('leaves a picture that it had taken over from another dead one', async () => {
		const folder = newFolder();
		const first = await startChild();
		await first.call('open', optionsFor(folder));
		const picture = somePicture();
		await first.call('keep', cat, placeIn('7'), picture.toString('base64'));
		await first.kill();
		const second = await startChild();
		await second.call('open', optionsFor(folder));
		expect((await second.call('take', cat, placeIn('8'))).base64).toBe(text(picture));
		await second.kill();
		const ledger = openLedger(optionsFor(folder));
		expect(text((await ledger.take(cat, placeIn('9'))).picture?.bytes)).toBe(text(picture));
	});

	it('leaves the same execution, resumed elsewhere, its own pictures even with reuse never', async () => {
		const folder = newFolder();
		const child = await startChild();
		await child.call('open', optionsFor(folder, { reuse: 'never' }));
		const picture = somePicture();
		await child.call('keep', cat, placeIn('7'), picture.toString('base64'));
		await child.kill();
		const ledger = openLedger(optionsFor(folder, { reuse: 'never' }));
		expect((await ledger.take(cat, placeIn('8'))).picture).toBeUndefined();
		expect(text((await ledger.take(cat, placeIn('7'))).picture?.bytes)).toBe(text(picture));
	});

	it('leaves nothing delivered to an execution that only has the same number', async () => {
		const folder = newFolder();
		const child = await startChild();
		await child.call('open', optionsFor(folder));
		await child.call('keep', cat, placeIn('7'), somePicture().toString('base64'));
		await child.call('hand');
		await child.call('settle', '7', 'delivered');
		await child.kill();
		const ledger = openLedger(optionsFor(folder));
		expect((await ledger.take(cat, placeIn('7'))).picture).toBeUndefined();
	});

	it('tells of a call that was under way, to its own node, until it has been told', async () => {
		const folder = newFolder();
		const child = await startChild();
		await child.call('open', optionsFor(folder));
		await child.call('reserve', [cat], placeIn('7'));
		const ledger = openLedger(optionsFor(folder));
		expect((await ledger.take(cat, placeIn('8'))).warnings).toEqual([]);
		await child.kill();
		const other = placeIn('8', { nodeId: 'node-2' });
		expect((await ledger.take(cat, other)).warnings).toEqual([]);
		const { picture, warnings, lostCalls } = await ledger.take(cat, placeIn('8'));
		expect(picture).toBeUndefined();
		expect(warnings).toHaveLength(1);
		expect(warnings[0]).toContain('may have been billed');
		expect(warnings[0]).toContain(new Date().toISOString().slice(0, 11));
		expect((await ledger.take(cat, placeIn('8'))).warnings).toEqual(warnings);
		await ledger.release(lostCalls);
		expect((await ledger.take(cat, placeIn('8'))).warnings).toEqual([]);
	});

	it('says nothing of a call whose picture was kept', async () => {
		const folder = newFolder();
		const child = await startChild();
		await child.call('open', optionsFor(folder));
		await child.call('reserve', [cat], placeIn('7'));
		await child.call('keep', cat, placeIn('7'), somePicture().toString('base64'));
		await child.kill();
		const ledger = openLedger(optionsFor(folder));
		const taken = await ledger.take(cat, placeIn('8'));
		expect(taken.picture).toBeDefined();
		expect(taken.warnings).toEqual([]);
		expect((await ledger.take(cat, placeIn('9'))).warnings).toEqual([]);
		expect(fs.readdirSync(path.join(folder, 'calls'))).toEqual([]);
	});

	it('leaves its pictures at once although the disk was too full for its sign of life', async () => {
		const folder = newFolder();
		const child = await startChild();
		await child.call('open', optionsFor(folder));
		const picture = somePicture();
		await child.call('keep', cat, placeIn('7'), picture.toString('base64'));
		for (const name of fs.readdirSync(path.join(folder, 'owners')))
			fs.truncateSync(path.join(folder, 'owners', name));
		const ledger = openLedger(optionsFor(folder));
		expect((await ledger.take(cat, placeIn('8'))).picture).toBeUndefined();
		await child.kill();
		expect(text((await ledger.take(cat, placeIn('8'))).picture?.bytes)).toBe(text(picture));
	});

	it.each(['older', 'newer'])(
		'tells of a lost call although an %s picture came to its place afterwards',
		async (age) => {
			const folder = newFolder();
			let now = Date.now();
			const ledger = openLedger(optionsFor(folder, { now: () => now }));
			const makeOne = async () =>
				await ledger.keep(cat, placeIn('7'), { bytes: somePicture(), record: {} });
			const loseOne = async () => await ledger.abandon(await ledger.reserve([cat], placeIn('8')));
			for (const work of age === 'older' ? [makeOne, loseOne] : [loseOne, makeOne]) {
				await work();
				now += 1_000;
			}
			await ledger.settle('7', 'returned');
			expect((await ledger.take(cat, placeIn('8'))).picture).toBeDefined();
			await ledger.settle('8', 'returned');
			const { picture } = await ledger.take(cat, placeIn('9'));
			await ledger.hand(picture?.entry ? [picture.entry] : [], 'delivered');
			const { warnings } = await ledger.take(cat, placeIn('10'));
			expect(warnings).toEqual([expect.stringContaining('may have been billed')]);
		},
	);

	it('killed while it writes leaves whole pictures or none', async () => {
		const folder = newFolder();
		const made = new Map<string, Buffer>();
		for (let round = 0; round < 4; round++) {
			const child = await startChild();
			await child.call('open', optionsFor(folder));
			for (let item = 0; item < 8; item++) {
				const key = keyOf(`round ${round} item ${item}`);
				const bytes = somePicture(3_000_000);
				made.set(key, bytes);
				const place = placeIn(`${round}`, { itemIndex: item });
				child.call('keep', key, place, bytes.toString('base64')).catch(() => undefined);
			}
			await new Promise((resolve) => setTimeout(resolve, 40 + 25 * round));
			await child.kill();
		}
		const ledger = openLedger(optionsFor(folder));
		const whole = entryFolders(folder).filter((name) => !path.basename(name).startsWith('.tmp-'));
		let found = 0;
		for (const [key, bytes] of made) {
			const { picture, warnings } = await ledger.take(key, placeIn('next'));
			expect(warnings).toEqual([]);
			if (!picture) continue;
			found += 1;
			expect(picture.bytes.equals(bytes)).toBe(true);
		}
		expect(found).toBe(whole.length);
		expect(fs.readdirSync(path.join(folder, 'damaged'))).toEqual([]);
	});
});

describe('two processes with one folder', () => {
	it('share undelivered pictures without ever sharing one', async () => {
		const folder = newFolder();
		const maker = openLedger(optionsFor(folder));
		const keys = [keyOf('0'), keyOf('1'), keyOf('2')];
		const made: string[] = [];
		for (const key of keys) {
			for (let itemIndex = 0; itemIndex < 10; itemIndex++) {
				const bytes = somePicture();
				const at = placeIn('7', { itemIndex });
				made.push((await maker.keep(key, at, { bytes, record: {} })).sha256);
			}
		}
		await maker.settle('7', 'returned');
		const children = await Promise.all([startChild(), startChild()]);
		const wishes = keys.flatMap((key) => Array<string>(9).fill(key));
		await Promise.all(children.map((child) => child.call('open', optionsFor(folder))));
		const got = await Promise.all(
			children.map((child, i) => child.call('takeAll', wishes, placeIn(`${i + 8}`))),
		);
		expect(got.flat().sort()).toEqual(made.sort());
	});

	it('do not take what the other one is about to deliver', async () => {
		const folder = newFolder();
		const child = await startChild();
		await child.call('open', optionsFor(folder));
		const ledger = openLedger(optionsFor(folder));
		await ledger.keep(cat, placeIn('7'), { bytes: somePicture(), record: {} });
		expect((await child.call('take', cat, placeIn('8'))).base64).toBeUndefined();
		await ledger.settle('7', 'returned');
		expect((await child.call('take', cat, placeIn('8'))).base64).toBeDefined();
		expect((await ledger.take(cat, placeIn('9'))).picture).toBeUndefined();
	});
});

describe('an owner on another machine', () => {
	const ownerFile = (folder: string): string => {
		const owners = path.join(folder, 'owners');
		return path.join(owners, fs.readdirSync(owners)[0] ?? '');
	};

	/** A picture kept by a process of which only its file tells, last touched so long ago. */
	async function heldBy(facts: object, secondsAgo: number): Promise<string> {
		const folder = newFolder();
		const child = await startChild();
		await child.call('open', optionsFor(folder));
		await child.call('keep', cat, placeIn('7'), somePicture().toString('base64'));
		await child.kill();
		const file = ownerFile(folder);
		const own: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
		fs.writeFileSync(file, JSON.stringify(Object.assign({}, own, facts)));
		const then = Date.now() / 1000 - secondsAgo;
		fs.utimesSync(file, then, then);
		return folder;
	}

	it.each([
		['another machine', { host: 'worker-2', boot: 'b', namespace: 'n' }, 110, false],
		['another machine', { host: 'worker-2', boot: 'b', namespace: 'n' }, 130, true],
		['a restarted container', { namespace: 'pid:[1]' }, 20, false],
		['a restarted container', { namespace: 'pid:[1]' }, 40, true],
	])('%s (%j), silent for %d seconds: given up %s', async (_what, facts, seconds, expected) => {
		const folder = await heldBy(facts, seconds);
		const { picture } = await openLedger(optionsFor(folder)).take(cat, placeIn('8'));
		expect(picture !== undefined).toBe(expected);
	});

	it('is given up when its file is gone', async () => {
		const folder = await heldBy({ host: 'worker-2' }, 0);
		fs.rmSync(ownerFile(folder));
		const { picture } = await openLedger(optionsFor(folder)).take(cat, placeIn('8'));
		expect(picture).toBeDefined();
	});

	it('is not taken for another process that got the same number', async () => {
		const folder = await heldBy({ pid: process.pid, start: '12345' }, 0);
		const { picture } = await openLedger(optionsFor(folder)).take(cat, placeIn('8'));
		expect(picture).toBeDefined();
	});
});
