import type { Double } from '../openai-double';
import { runGptImage } from '../workflows/gpt-image';
import { setUp } from '../workflows/set-up';
import { readPage } from '../../scripts/docs/pages';

/** README's first image is what a first image gives. */

const readme = readPage('README.md');
const first = readme.slice(readme.indexOf('## First image'), readme.indexOf('### Credential'));

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());

it('shows the item of its own prompt and quality', async () => {
	const [, shown = '{}'] = /```json\n(.*?)\n```/s.exec(first) ?? [];
	const [, prompt = ''] = /Write a prompt: `([^`]+)`/.exec(first) ?? [];
	expect(first).toContain('Quality Low');
	const parameters = { prompt, quality: 'low' };
	const { items, error } = await runGptImage({ baseUrl: double.url, parameters });
	expect(error).toBeUndefined();
	expect(items[0]?.json).toMatchObject(JSON.parse(shown) as object);
	expect(Object.keys(items[0]?.binary ?? {})).toEqual(['data']);
});
