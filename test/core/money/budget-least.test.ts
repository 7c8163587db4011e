import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openBudget, stopAtLimit } from '../../../core/money/budget';

const open = (maxCostPerRun: number, maxCostPerDay?: number) =>
	openBudget({
		maxCostPerRun,
		maxCostPerDay,
		folder: mkdtempSync(path.join(tmpdir(), 'gpt-image-budget-')),
		key: 'key',
	});

it('reserves the smaller amount when the larger one does not fit', async () => {
	const budget = open(1);
	const first = await budget.reserve(0.8, 0.1);
	expect(first.usd).toBe(0.8);
	const second = await budget.reserve(0.8, 0.1);
	expect(second.usd).toBe(0.1);
	await first.settle(0.5);
	await second.settle(0.05);
	expect(budget.spentUsd).toBeCloseTo(0.55, 10);
});

it('does so for the limit of the day too', async () => {
	const budget = open(100, 1);
	expect((await budget.reserve(2, 0.5)).usd).toBe(0.5);
});

it('refuses when not even the smaller amount fits, and then stops', async () => {
	const budget = stopAtLimit(open(1));
	await (await budget.reserve(2, 0.9)).settle(0.9);
	await expect(budget.reserve(2, 0.2)).rejects.toThrow('This call may cost up to $0.2000');
	await expect(budget.reserve(0.01)).rejects.toThrow('This call may cost up to $0.2000');
});

it('wants to know both amounts where there is a limit', async () => {
	await expect(open(1).reserve(0.5, null)).rejects.toThrow('is not known');
});
