import type { IDataObject } from 'n8n-workflow';
import { GptImageApi } from '../../credentials/GptImageApi.credentials';
import type { Double } from '../openai-double';
import { rowsOf } from './tables';
import { readPage } from '../../scripts/docs/pages';
import { generate, image, messagesOf, rows, runGptImage } from '../workflows/gpt-image';
import { setUp, startAfresh } from '../workflows/set-up';

/** What the README promises is what a run gives. */

const readme = readPage('README.md');
const part = (heading: string): string =>
	readme.split(/^(?=##+ )/m).find((text) => text.startsWith(heading)) ?? '';
const first = part('## First image');

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => startAfresh(double));

it('shows the item of its own prompt and quality', async () => {
	const [, shown = '{}'] = /```json\n(.*?)\n```/s.exec(first) ?? [];
	const [, prompt = ''] = /Write a prompt: `([^`]+)`/.exec(first) ?? [];
	expect(first).toContain('Quality Low');
	const parameters = { prompt, quality: 'low' };
	const { items, error } = await runGptImage({ baseUrl: double.url, parameters });
	expect(error).toBeUndefined();
	expect(items[0]?.json).toMatchObject(JSON.parse(shown) as object);
	expect(Object.keys(items[0]?.binary ?? {})).toEqual(['data']);
	const [, price] = /about \$(0\.\d+)/.exec(first) ?? [];
	expect((image(items[0]).cost as { usd: number }).usd.toFixed(3)).toBe(price);
});

it('Dry Run spends nothing, and gives a placeholder', async () => {
	expect(first).toContain('To spend nothing, add the option\n   Dry Run: you get a placeholder');
	const { items } = await generate(double, { options: { dryRun: true } });
	expect(items[0]?.binary?.data?.mimeType).toBe('image/png');
	expect(image(items[0])).toMatchObject({ cost: { usd: 0 }, request: { dryRun: true } });
	expect(double.journal).toEqual([]);
});

it('fields of the input stay, and what the image would overwrite is renamed, with a warning', async () => {
	expect(first).toContain('The fields of the input stay in the item');
	const { items } = await generate(
		double,
		{ options: { numberOfImages: 2 } },
		{ items: [{ json: { row: 7, image: 'a.jpg' } }] },
	);
	expect(first).toContain('With\nseveral images per input item, each image is an item of its own');
	expect(items.map(({ json: { row, imageInput } }) => [row, imageInput])).toEqual([
		[7, 'a.jpg'],
		[7, 'a.jpg'],
	]);
	expect(messagesOf(items[0])).toEqual([expect.stringContaining("it is now 'imageInput'")]);
});

it('lists the fields of the credential', () => {
	const named = rowsOf(part('### Credential')).flatMap(([names = '']) =>
		names.split(/, (?=[A-Z])/),
	);
	const shown = new GptImageApi().properties.map(({ displayName }) => displayName);
	expect(named.toSorted()).toEqual(shown.toSorted());
});

describe('When something fails', () => {
	const table = rowsOf(part('## When something fails'));
	const promised = (setting: string): string | undefined =>
		table.find(([name]) => name === setting)?.[1];
	const run = async (onError?: 'continueRegularOutput' | 'continueErrorOutput') =>
		await generate(
			double,
			{ prompt: '={{ $json.what }}', limits: { maxParallel: 1 } },
			{
				items: rows('a mug', 'a bear [[moderation]]', 'a hat'),
				...(onError && { settings: { onError } }),
			},
		);
	const fieldsOf = (json: IDataObject | undefined): string[] => Object.keys(json ?? {});
	const failure = ['error', 'message', 'details'];

	it('Stop Workflow', async () => {
		expect(promised('Stop Workflow')).toContain('which item failed, why, and what to do');
		const stopped = await run();
		expect(stopped.error?.message).toMatch(/moderation blocked.*\[item 1\].*paid and kept/);
		expect(stopped.error).toHaveProperty(
			'description',
			expect.stringContaining('Change the prompt'),
		);
		double.reset();
		const again = await run('continueErrorOutput');
		expect(image(again.items[0]).request).toMatchObject({ reused: true });
	});

	it('Continue (using regular output)', async () => {
		expect(promised('Continue (using regular output)')).toContain('keeps its place and its fields');
		const { items } = await run('continueRegularOutput');
		expect(items.map(({ json }) => json.row)).toEqual([0, 1, 2]);
		expect(fieldsOf(items[1]?.json)).toEqual(expect.arrayContaining(failure));
	});

	it('Continue (using error output)', async () => {
		expect(promised('Continue (using error output)')).toContain('with the same fields');
		const { items, failed } = await run('continueErrorOutput');
		expect(items.map(({ json }) => json.row)).toEqual([0, 2]);
		expect(failed.map(({ json }) => json.row)).toEqual([1]);
		expect(fieldsOf(failed[0]?.json)).toEqual(expect.arrayContaining(failure));
	});
});

it('counts what it counts', () => {
	const headings = readPage('docs/recipes.md').match(/^## /gm) ?? [];
	expect([headings.length, readme.includes('twelve common pipelines')]).toEqual([12, true]);
	const channels = rowsOf(readPage('docs/export.md').split('<!-- channels -->')[1] ?? '');
	expect(readPage('CHANGELOG.md')).toContain(`one image to ${channels.length} channels`);
});
