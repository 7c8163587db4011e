import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSessions } from '../../core/api/sessions';
import { openBudget } from '../../core/money/budget';
import { openLedger } from '../../core/money/ledger';
import { codesIn, rowsOf, section } from './tables';

const page = 'docs/privacy.md';
const place = { workflowId: 'w', nodeId: 'n', executionId: '1', itemIndex: 0, runIndex: 0 };

/** Makes every kind of file that a run of the node can leave. */
async function fill(folder: string): Promise<void> {
	const ledger = openLedger({
		folder: path.join(folder, 'ledger'),
		reuse: 'undelivered',
		reuseHours: 24,
		keepPrompts: true,
	});
	const fingerprint = 'ab'.repeat(32);
	const picture = { bytes: Buffer.from('picture'), record: { format: 'png', prompt: 'a bee' } };
	const { entry } = await ledger.keep(fingerprint, place, picture);
	if (entry) await ledger.hand([entry]);
	const sha256 = 'cd'.repeat(32);
	await openSessions({ folder: path.join(folder, 'sessions') }).keep(
		{ name: { workflowId: 'w', sessionKey: 'chat 17' }, reset: false },
		{
			responseId: 'resp_1',
			askedFrom: null,
			digest: 'd',
			turn: 1,
			imageCallIds: ['ig_1'],
			at: Date.now(),
			picture: { sha256, format: 'png', width: 16, height: 16 },
			images: [],
			chatTokens: null,
		},
		Buffer.from('picture'),
	);
	const budget = openBudget({
		maxCostPerRun: undefined,
		maxCostPerDay: 1,
		folder: path.join(folder, 'budget'),
		key: 'sk-of-the-credential',
	});
	await (await budget.reserve(0.01)).settle(0.01);
	await ledger.settle('1', 'delivered');
}

describe('the table of files', () => {
	const folder = mkdtempSync(path.join(tmpdir(), 'gpt-image-privacy-'));
	beforeAll(async () => await fill(folder));

	it('names all that a run leaves on disk', () => {
		const found = readdirSync(folder).flatMap((top) =>
			top === 'budget'
				? [top]
				: readdirSync(path.join(folder, top)).map((name) => `${top}/${name}`),
		);
		const named = rowsOf(section(page, 'files')).flatMap(([first = '']) => codesIn(first));
		expect(found.toSorted()).toEqual(named.toSorted());
	});

	it('says who can read it', () => {
		const all = readdirSync(folder, { recursive: true, withFileTypes: true });
		expect(all.length).toBeGreaterThan(10);
		for (const one of all) {
			const file = path.join(one.parentPath, one.name);
			expect([file, statSync(file).mode & 0o777]).toEqual([
				file,
				one.isDirectory() ? 0o700 : 0o600,
			]);
		}
	});

	it('is right that no file has the session key or the key of the credential', () => {
		const all = readdirSync(folder, { recursive: true, withFileTypes: true });
		const texts = all.map((one) =>
			one.isDirectory() ? one.name : readFileSync(path.join(one.parentPath, one.name), 'utf8'),
		);
		expect(texts.join('\n')).toContain('a bee');
		expect(texts.join('\n')).not.toMatch(/chat 17|sk-of-the-credential/);
	});
});
