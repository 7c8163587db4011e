/** A second n8n worker for budget.test.ts: spends until the day's limit and prints its calls. */
import { openBudget } from '../../../core/money/budget';

async function main(folder: string): Promise<void> {
	const now = () => Date.UTC(2026, 10, 20, 12);
	let calls = 0;
	for (;;) {
		const budget = openBudget({ maxCostPerDay: 1, folder, key: 'k', now });
		try {
			await (await budget.reserve(0.03)).settle(0.03);
		} catch {
			break;
		}
		calls += 1;
	}
	process.stdout.write(String(calls));
}

void main(process.argv[2] ?? '');
