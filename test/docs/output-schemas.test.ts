import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import type { IDataObject } from 'n8n-workflow';
import { runExport } from '../nodes/GptImageExport/gpt-image-export';
import { runCost } from '../nodes/GptImageCost/gpt-image-cost';
import type { Double } from '../openai-double';
import { say } from '../workflows/conversations';
import { generate } from '../workflows/gpt-image';
import { collect } from '../workflows/orders';
import { ask, onData, review } from '../workflows/questions';
import { setUp } from '../workflows/set-up';

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());

/** Every field of the JSON must be in the schema, with its type. */
function check(file: string, json: IDataObject | undefined) {
	const text = readFileSync(path.join(__dirname, '../../nodes', file), 'utf8');
	const schema: unknown = JSON.parse(text, (_, value: IDataObject) =>
		value?.type === 'object' && Object.keys(value.properties ?? {}).length > 0
			? { ...value, additionalProperties: false }
			: value,
	);
	const validate = new Ajv({ strict: false }).compile(schema as object);
	validate(json);
	expect(validate.errors).toBeNull();
}

it('the schemas have every field that comes out, the useful ones first', async () => {
	const { items } = await generate(double, {});
	check('GptImage/__schema__/v1.0.0/image/generate.json', items[0]?.json);
	expect(Object.keys(items[0]?.json.image ?? {}).slice(0, 7)).toEqual([
		'fileName',
		'width',
		'height',
		'format',
		'bytes',
		'cost',
		'prompt',
	]);

	const plain = items.map(({ binary }) => ({ json: {}, binary }));
	const edit = { operation: 'edit', prompt: 'Add a hat', images: onData };
	const edited = await generate(double, edit, { items: plain });
	check('GptImage/__schema__/v1.0.0/image/edit.json', edited.items[0]?.json);
	const described = await ask(double, 'describe', {}, { items: plain });
	check('GptImage/__schema__/v1.0.0/image/describe.json', described.items[0]?.json);
	const { passed, items: reviewed } = await review(
		double,
		{ criteria: 'No text' },
		{ items: plain },
	);
	expect(passed).toHaveLength(1);
	check('GptImage/__schema__/v1.0.0/image/review.json', reviewed[0]?.json);
	const checked = await generate(double, { operation: 'checkProvenance' }, { items: plain });
	check('GptImage/__schema__/v1.0.0/image/checkProvenance.json', checked.items[0]?.json);

	const exported = await runExport({
		items: plain,
		parameters: { channels: ['instagram-portrait'] },
	});
	check('GptImageExport/__schema__/v1.0.0/export.json', exported.items[0]?.json);
	const sheet = await runExport({ items: plain, parameters: { operation: 'contactSheet' } });
	check('GptImageExport/__schema__/v1.0.0/contactSheet.json', sheet.items[0]?.json);

	const turn = await say(double, 'A fox');
	check('GptImage/__schema__/v1.0.0/conversation/send.json', turn.items[0]?.json);

	const ordered = await say(double, 'A fox', { delivery: 'background' });
	check('GptImage/__schema__/v1.0.0/conversation/send.json', ordered.items[0]?.json);
	const batch = await generate(double, { delivery: 'batch' });
	check('GptImage/__schema__/v1.0.0/image/generate.json', batch.items[0]?.json);
	const collected = await collect(double);
	check('GptImage/__schema__/v1.0.0/image/collect.json', collected.images[0]?.json);
	double.options.backgroundHeld = true;
	await say(double, 'A fox', { delivery: 'background' });
	const early = await collect(double);
	check('GptImage/__schema__/v1.0.0/image/collect.json', early.open[0]?.json);
	double.options.backgroundHeld = false;

	const cost = { prompt: 'A fox' };
	const estimate = await runCost({ parameters: cost });
	check('GptImageCost/__schema__/v1.0.0/estimate.json', estimate.items[0]?.json);
	const compare = await runCost({ parameters: { ...cost, operation: 'compare' } });
	check('GptImageCost/__schema__/v1.0.0/compare.json', compare.items[0]?.json);
	const summarize = await runCost({ items, parameters: { operation: 'summarize', chart: false } });
	check('GptImageCost/__schema__/v1.0.0/summarize.json', summarize.items[0]?.json);
});
