import type { Double } from '../openai-double';
import { rows } from './gpt-image';
import { order } from './orders';
import { setUp, startAfresh } from './set-up';

/** Rows that are ordered beside others that are not, and what becomes of all when some fail. */

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => void startAfresh(double));

it.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
	'a setting of the run that cannot be used fails every row with %s',
	async (onError) => {
		const { items, failed, error } = await order(
			double,
			rows('a', 'b'),
			{ limits: { maxImagesPerBatch: 'many' } },
			{ settings: { onError } },
		);
		expect(error).toBeUndefined();
		const all = onError === 'continueErrorOutput' ? failed : items;
		expect(all.map(({ json }) => [json.what, json.error])).toEqual([
			['a', "'Max Images per Batch' is many"],
			['b', "'Max Images per Batch' is many"],
		]);
		expect(double.journal).toEqual([]);
	},
);

it('buys nothing now when the order was refused and errors stop the node', async () => {
	const match = { path: '/files' };
	double.faults.push({ kind: 'error', status: 400, code: 'bad_file', message: 'No', match });
	const delivery = "={{ $json.what === 'now' ? 'now' : 'batch' }}";
	const { error } = await order(double, rows('a', 'now'), { delivery });
	expect(error?.message).toContain('[item 0]');
	expect(double.journal.map(({ path }) => path)).toEqual(['/v1/files']);
});

it('a delivery from an expression leaves successes and failures on their own outputs', async () => {
	const delivery = '={{ $json.delivery }}';
	const items = [...rows('a', '')].map((item) => ({ json: { ...item.json, delivery: 'now' } }));
	const settings = { onError: 'continueErrorOutput' } as const;
	const result = await order(double, items, { delivery }, { settings });
	expect(result.error).toBeUndefined();
	expect(result.items.map(({ json }) => json.what)).toEqual(['a']);
	expect(result.failed.map(({ json }) => json.error)).toEqual(["'Prompt' is empty"]);
});
