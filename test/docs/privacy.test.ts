import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openStore } from '../../core/store/open';
import { codesIn, rowsOf, section } from './tables';

const page = 'docs/privacy.md';
const item = { workflowId: 'w', nodeId: 'n', executionId: '1', itemIndex: 0, runIndex: 0 };

/** Makes every kind of file that a run of the node can leave. */
async function fill(folder: string): Promise<void> {
	const store = openStore({ kind: 'sqlite', folder, leaseMs: 60_000 });
	const usd = { min: 0.01, max: 0.01 };
	const call = { estimate: { usd }, weight: { images: 1, inputImages: 0 } };
	for (const [n, bytes] of [Buffer.from('one'), Buffer.from('two')].entries()) {
		const ref = { ...item, executionId: String(n) };
		const claim = await store.claim('ab'.repeat(32), ref, { kind: 'never' }, undefined);
		if (claim.kind !== 'yours') throw new Error(claim.kind);
		await store.send(claim.id, call, { account: 'a digest', perDay: 1e10, keepPrompts: true });
		const parts = [{ bytes, facts: { format: 'png' }, texts: { prompt: 'a bee' } }];
		await store.keep(claim.id, { parts, usd: 0.01, warnings: [] });
	}
	// The other is owed.
	await store.settle('0', 'delivered');
}

describe('the table of files', () => {
	const folder = mkdtempSync(path.join(tmpdir(), 'gpt-image-privacy-'));
	beforeAll(async () => await fill(folder));

	it('names all that a run leaves on disk', () => {
		const found = readdirSync(folder);
		const named = rowsOf(section(page, 'files')).flatMap(([first = '']) => codesIn(first));
		expect(found.toSorted()).toEqual(named.toSorted());
	});

	it('says who can read it', () => {
		const all = readdirSync(folder, { recursive: true, withFileTypes: true });
		expect(all.length).toBeGreaterThan(6);
		for (const one of all) {
			const file = path.join(one.parentPath, one.name);
			expect([file, statSync(file).mode & 0o777]).toEqual([
				file,
				one.isDirectory() ? 0o700 : 0o600,
			]);
		}
	});
});
