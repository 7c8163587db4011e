import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startDoubleProcess } from './double-process';
import { runOrders } from './orders';
import { Subjects } from './processes';

/** More of them: GPT_IMAGE_ORDERS=200 npx jest test/faults/orders.test.ts */
const SERIES = Number(process.env.GPT_IMAGE_ORDERS ?? 6);

test('ordered under kills, lost answers and cut downloads: nothing is lost, nothing bought twice untold', async () => {
	const work = mkdtempSync(path.join(os.tmpdir(), 'gpt-image-orders-'));
	const double = await startDoubleProcess();
	const subjects = new Subjects(work, 2);
	const findings: string[] = [];
	let [billed, killed] = [0, 0];
	try {
		for (let seed = 1; seed <= SERIES; seed++) {
			const result = await runOrders(seed, double, subjects, work);
			findings.push(...result.findings);
			billed += result.billed;
			killed += result.killed;
		}
	} finally {
		await subjects.close();
		await double.close();
		rmSync(work, { recursive: true, force: true });
	}
	expect(findings).toEqual([]);
	expect(billed).toBeGreaterThan(3 * SERIES);
	expect(killed).toBeGreaterThan(SERIES / 2);
}, 3_600_000);
