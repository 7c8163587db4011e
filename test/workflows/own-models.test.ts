import { utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Double } from '../openai-double';
import { generate, image, messagesOf } from './gpt-image';
import { newStore, setUp, startAfresh } from './set-up';

/** A file of the owner's with models and prices, as the nodes of a running n8n use it. */

let double: Double;
let file: string;
beforeAll(async () => {
	double = await setUp();
	double.options.deployments = { 'gpt-image-3': 'gpt-image-2' };
	file = path.join(newStore(), 'models.json');
	process.env.N8N_GPT_IMAGE_MODELS = file;
});
afterAll(async () => {
	delete process.env.N8N_GPT_IMAGE_MODELS;
	await double.close();
});
beforeEach(() => startAfresh(double));

let written = 0;
function write(...models: object[]): void {
	writeFileSync(file, JSON.stringify({ models }));
	// As if some time had passed between the writes.
	utimesSync(file, 1_000_000 + written, 1_000_000 + written++);
}
const make = async () =>
	await generate(double, { model: { __rl: true, mode: 'id', value: 'gpt-image-3' } });
const price = { from: '2026-01-01', source: 'pricing page', checked: '2026-11-28' };

it('a model that appeared today is checked and priced; a change of the file counts at once', async () => {
	write({ id: 'gpt-image-3', like: 'gpt-image-2' });
	const unpriced = await make();
	expect(image(unpriced.items[0]).cost).toMatchObject({ usd: null });
	expect(messagesOf(unpriced.items[0]).join()).toContain('No price is known for gpt-image-3');
	write({
		id: 'gpt-image-3',
		like: 'gpt-image-2',
		prices: [{ ...price, textInput: 10, imageOutput: 60 }],
	});
	const { items } = await make();
	// Twice the price of gpt-image-2.
	expect(image(items[0])).toMatchObject({
		model: 'gpt-image-3',
		cost: { usd: 0.01184, pricesOf: ['gpt-image-3 (2026-11-28)'] },
		warnings: [],
	});
});

it('a bad row stops the node before anything is sent', async () => {
	write({ id: 'gpt-image-3', like: 'gpt-image-2', prizes: [] });
	const { error } = await make();
	expect(error?.message).toContain('models.json: row 1 (gpt-image-3): "prizes" is an unknown key');
	expect(error).toHaveProperty('description', expect.stringContaining('N8N_GPT_IMAGE_MODELS'));
	expect(double.journal).toEqual([]);
});

it('a file that is not there, too', async () => {
	process.env.N8N_GPT_IMAGE_MODELS = '/nowhere/models.json';
	const { error } = await make();
	expect(error?.message).toContain(
		'N8N_GPT_IMAGE_MODELS names /nowhere/models.json, which cannot be read',
	);
	expect(double.journal).toEqual([]);
});
