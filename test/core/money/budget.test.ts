import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { GptImageError } from '../../../core/errors';
import { openBudget, readLimit } from '../../../core/money/budget';

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(path.join(os.tmpdir(), 'gpt-image-budget-'));
});
afterEach(async () => {
	await rm(folder, { recursive: true, force: true });
});

const NOON = Date.UTC(2026, 10, 20, 12);
const open = (limits: { maxCostPerRun?: number; maxCostPerDay?: number }, key = 'k', at = NOON) =>
	openBudget({ ...limits, folder, key, now: () => at });

async function refusal(work: Promise<unknown>): Promise<GptImageError> {
	const error = await work.then(
		() => undefined,
		(thrown: unknown) => thrown,
	);
	if (error instanceof GptImageError) return error;
	throw new Error(`Expected a GptImageError, got ${String(error)}`);
}

describe('a limit per run', () => {
	it('lets calls through until the next one would pass it', async () => {
		const budget = open({ maxCostPerRun: 0.5 });
		await (await budget.reserve(0.21)).settle(0.2107);
		await (await budget.reserve(0.21)).settle(0.2107);
		const error = await refusal(budget.reserve(0.21));
		expect(error.facts).toMatchObject({
			code: 'budget_exceeded',
			param: 'maxCostPerRun',
			retryable: false,
			billed: 'no',
		});
		expect(error.message).toBe(
			"This call may cost up to $0.2100, which would pass 'Max Cost per Run (USD)' $0.5000: $0.4214 spent",
		);
		await (await budget.reserve(0.0786)).settle(0.0786);
		expect(budget.spentUsd).toBe(0.5);
	});

	it('has no floating-point error at the limit', async () => {
		const budget = open({ maxCostPerRun: 0.3 });
		for (let call = 0; call < 3; call++) await (await budget.reserve(0.1)).settle(0.1);
		expect(budget.spentUsd).toBe(0.3);
		expect((await refusal(budget.reserve(0.0000000001))).facts.code).toBe('budget_exceeded');
	});

	it('counts a call of unknown cost as what was reserved, and a released one not at all', async () => {
		const budget = open({ maxCostPerRun: 1 });
		await (await budget.reserve(0.4)).settle(null);
		await (await budget.reserve(0.4)).release();
		expect(budget.spentUsd).toBe(0.4);
	});

	it('waits for calls under way that may turn out cheaper', async () => {
		const budget = open({ maxCostPerRun: 1 });
		const first = await budget.reserve(0.8);
		const second = budget.reserve(0.8);
		await first.settle(0.1);
		await (await second).settle(0.1);
		expect(budget.spentUsd).toBe(0.2);
	});

	it('refuses after that wait, and at once when waiting cannot help', async () => {
		const budget = open({ maxCostPerRun: 1 });
		const first = await budget.reserve(0.8);
		expect((await refusal(budget.reserve(1.1))).message).toContain('$0.8000 reserved');
		const second = refusal(budget.reserve(0.8));
		await first.settle(0.8);
		expect((await second).message).toContain('$0.8000 spent');
	});

	it('never lets parallel calls pass the limit together', async () => {
		const budget = open({ maxCostPerRun: 1 });
		const results = await Promise.all(
			Array.from({ length: 20 }, async () => {
				try {
					await (await budget.reserve(0.3)).settle(0.3);
					return 'paid';
				} catch {
					return 'refused';
				}
			}),
		);
		expect(results.filter((result) => result === 'paid')).toHaveLength(3);
		expect(budget.spentUsd).toBe(0.9);
	});

	it('refuses a call whose price is unknown', async () => {
		const error = await refusal(open({ maxCostPerRun: 1 }).reserve(null));
		expect(error.facts).toMatchObject({ code: 'price_unknown', param: 'maxCostPerRun' });
		expect(error.message).toContain("'Max Cost per Run (USD)'");
	});

	it('does not write to the disk', async () => {
		await (await open({ maxCostPerRun: 1 }).reserve(0.5)).settle(0.5);
		await expect(readdir(folder)).resolves.toEqual([]);
	});
});

describe('no limit', () => {
	it('lets everything through and counts it', async () => {
		const budget = open({});
		await (await budget.reserve(null)).settle(0.2);
		await (await budget.reserve(1000)).settle(0.1);
		expect(budget.spentUsd).toBe(0.3);
	});
});

describe('a limit per day', () => {
	const spend = async (usd: number, more: { key?: string; at?: number } = {}) => {
		await (await open({ maxCostPerDay: 1 }, more.key, more.at).reserve(usd)).settle(usd);
	};

	it('is kept over runs, by credential and by UTC day', async () => {
		await spend(0.6);
		const error = await refusal(spend(0.6));
		expect(error.facts).toMatchObject({ code: 'budget_exceeded', param: 'maxCostPerDay' });
		expect(error.message).toContain("'Max Cost per Day (USD)' $1.00: $0.6000 spent");
		await spend(0.4);
		await spend(0.6, { key: 'another credential' });
		await spend(0.6, { at: Date.UTC(2026, 10, 21, 0, 0, 1) });
		expect((await refusal(spend(0.1, { at: Date.UTC(2026, 10, 20, 23, 59) }))).facts.code).toBe(
			'budget_exceeded',
		);
	});

	it('counts reservations of other runs', async () => {
		const other = await open({ maxCostPerDay: 1 }).reserve(0.7);
		expect((await refusal(spend(0.6))).message).toContain('$0.7000 reserved');
		await other.release();
		await spend(0.6);
	});

	it('drops the reservation of a run that died, but not what a late run paid', async () => {
		const late = await open({ maxCostPerDay: 1 }).reserve(0.7);
		await spend(0.6, { at: NOON + 61 * 60_000 });
		await late.settle(0.3);
		expect((await refusal(spend(0.2))).message).toContain('$0.9000 spent');
	});

	it('puts a call that ends after midnight on the day it began', async () => {
		let now = Date.UTC(2026, 10, 20, 23, 59);
		const budget = openBudget({ maxCostPerDay: 1, folder, key: 'k', now: () => now });
		const call = await budget.reserve(0.9);
		now = Date.UTC(2026, 10, 21, 0, 1);
		await call.settle(0.9);
		await spend(0.9, { at: now });
		await expect(refusal(spend(0.2, { at: Date.UTC(2026, 10, 20, 23) }))).resolves.toBeDefined();
	});

	it('forgets days after a week', async () => {
		await spend(0.5, { at: Date.UTC(2026, 10, 1) });
		await spend(0.5, { at: Date.UTC(2026, 10, 5) });
		await spend(0.5, { at: Date.UTC(2026, 10, 12) });
		const [home = ''] = await readdir(folder);
		await expect(readdir(path.join(folder, home))).resolves.toEqual(['2026-11-05', '2026-11-12']);
	});

	it('writes neither the key nor the limit to the disk', async () => {
		await spend(0.5, { key: 'sk-secret' });
		const names = await readdir(folder, { recursive: true });
		expect(names.join('\n')).not.toContain('sk-secret');
	});

	it('is safe against processes that write at once', async () => {
		const script = path.join(__dirname, 'spend-until-refused.ts');
		const run = async () => {
			const { stdout } = await promisify(execFile)(process.execPath, [
				'--import',
				'tsx',
				script,
				folder,
			]);
			return Number(stdout);
		};
		const calls = await Promise.all([run(), run()]);
		// Each call costs $0.03, the day may cost $1.
		expect(calls[0] + calls[1]).toBe(33);
		expect((await refusal(spend(0.02))).message).toContain('$0.9900 spent');
	});

	it('refuses when the sum cannot be kept', async () => {
		const file = path.join(folder, 'a file');
		await writeFile(file, '');
		const budget = openBudget({ maxCostPerDay: 1, folder: file, key: 'k', now: () => NOON });
		const error = await refusal(budget.reserve(0.1));
		expect(error.facts).toMatchObject({ code: 'budget_unavailable', param: 'maxCostPerDay' });
		expect(error.message).toContain('cannot be kept');
		expect(budget.spentUsd).toBe(0);
	});

	it('keeps a paid picture when the sum can no longer be kept, with a warning', async () => {
		const call = await open({ maxCostPerDay: 1 }).reserve(0.5);
		const [home = ''] = await readdir(folder);
		await rm(path.join(folder, home), { recursive: true });
		await writeFile(path.join(folder, home), '');
		await expect(call.settle(0.5)).resolves.toContain('could not be kept');
	});

	it('starts anew from a damaged document', async () => {
		await spend(0.9);
		const names = await readdir(folder, { recursive: true, withFileTypes: true });
		for (const entry of names.filter((name) => name.isFile())) {
			const file = path.join(entry.parentPath, entry.name);
			await chmod(file, 0o600);
			await writeFile(file, '{"spent": "much"');
		}
		await spend(0.5);
	});
});

describe('readLimit', () => {
	const read = (value: unknown) => readLimit(value, 'budgetUsd', 'Budget (USD)');

	it.each([
		[0, undefined],
		['', undefined],
		[undefined, undefined],
		[null, undefined],
		['0', undefined],
		[2.5, 2.5],
		['2.50', 2.5],
	])('%j means %j', (value, limit) => {
		expect(read(value)).toBe(limit);
	});

	it.each([-1, '-0.5', 'much', NaN, Infinity, {}, true, 1e12])('refuses %p', async (value) => {
		const error = await refusal(Promise.resolve().then(() => read(value)));
		expect(error.facts).toMatchObject({ code: 'invalid_parameter', param: 'budgetUsd' });
		expect(error.message).toContain("'Budget (USD)'");
	});
});
