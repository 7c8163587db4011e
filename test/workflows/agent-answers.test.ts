import type { IDataObject } from 'n8n-workflow';
import type { Double } from '../openai-double';
import { runGptImage, type NodeRun } from './gpt-image';
import { imageItem, onData } from './questions';
import { setUp, startAfresh } from './set-up';

/** What an agent reads that uses the node as its tool: of several outputs, n8n gives it only the first. */

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => void startAfresh(double));

async function answersOf(parameters: IDataObject, items?: NodeRun['items']) {
	const { run, error } = await runGptImage({
		baseUrl: double.url,
		parameters: { prompt: 'a mug', quality: 'low', ...parameters },
		settings: { rewireOutputLogTo: 'ai_tool' },
		items: items ?? [{ json: {} }],
	});
	const outputs = run.data.resultData.runData['GPT Image']?.[0]?.data?.ai_tool ?? [];
	return { error, answers: (outputs[0] ?? []).map(({ json }) => json) };
}

it('a review that failed, with the prompt that fixes the image', async () => {
	const criterion = { criterion: 'One mug', pass: false, reason: 'There are two' };
	double.options.answers = [{ answer: { criteria: [criterion], fix: 'Remove one mug' } }];
	const { answers } = await answersOf(
		{ operation: 'review', criteria: 'One mug', images: onData },
		[await imageItem()],
	);
	expect(answers).toMatchObject([
		{ review: { pass: false, criteria: [criterion], fix: 'Remove one mug' } },
	]);
});

it('an order that is not ready, and one that is not there', async () => {
	double.options.batchMs = 60_000;
	await answersOf({ delivery: 'batch' });
	expect((await answersOf({ operation: 'collect' })).answers).toMatchObject([
		{ order: { kind: 'batch' } },
	]);
	const missing = { operation: 'collect', collectFrom: 'id', orderId: 'batch_none' };
	expect((await answersOf(missing)).answers).toMatchObject([
		{ error: 'OpenAI has no batch batch_none for this key' },
	]);
});

it('a handle that is no text is refused: the agent wanted another image', async () => {
	const { error } = await answersOf(
		{
			resource: 'conversation',
			operation: 'send',
			continueFrom: 'response',
			previousResponseId: '={{ $json.handle }}',
		},
		[{ json: { handle: { responseId: 'resp_1' } } }],
	);
	expect(error?.message).toContain("'Previous Response ID' is neither text nor a number");
	expect(double.journal).toEqual([]);
});
