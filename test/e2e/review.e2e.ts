import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { IDataObject } from 'n8n-workflow';
import sharp from 'sharp';
import type { Fault } from '../openai-double/faults';
import type { AnswerRule } from '../openai-double/responses/format';
import { failureOf, outputOf } from '../host/execution';
import type { Stage } from '../host/stage';
import { freshFiles, importExample } from './example';
import { sharedStage } from './shared';

const misspelt: AnswerRule = {
	answer: { textSeen: 'Fresh braed, every day', fix: 'Correct the spelling' },
};
const correct: AnswerRule = { answer: { textSeen: 'Fresh bread,\nevery day' } };

async function runExample(name: string, answers: AnswerRule[], faults: Fault[] = []) {
	const stage = await sharedStage();
	stage.double.reset();
	stage.double.options.answers = answers;
	stage.double.faults.push(...faults);
	const files = await freshFiles(stage);
	const workflow = await importExample(stage.rest, name);
	const execution = await stage.rest.runWorkflow(workflow.id, 'Start');
	assert.equal(failureOf(execution), undefined);
	return { stage, files, execution };
}

const calls = ({ double }: Stage) => double.journal.map(({ path }) => path.replace('/v1/', ''));

test('an image that fails its review is mended and reviewed again, until it passes', async () => {
	const rule = { ...misspelt, times: 2 };
	const { stage, files, execution } = await runExample('image-that-checks-itself', [rule, correct]);
	assert.deepEqual(calls(stage), [
		'images/generations',
		'responses',
		'images/edits',
		'responses',
		'images/edits',
		'responses',
	]);
	const [edit] = stage.double.journal.filter(({ path }) => path.endsWith('/edits'));
	assert.match(
		String(edit?.body?.prompt),
		/^Correct the spelling\r?\n.*"Fresh bread, every day"$/s,
	);
	const [item] = outputOf(execution, 'Save');
	assert.equal(item?.json.repairs, 2);
	// Two edits and one generation at medium, 1024x1536: 1,372 tokens each at $30 per million.
	const costUsd = Number(item?.json.costUsd);
	assert.ok(costUsd > 3 * 0.04116 && costUsd < 0.2, String(costUsd));
	const { width, height } = await sharp(join(files, 'poster.png')).metadata();
	assert.deepEqual([width, height], [1024, 1536]);
});

test('after three repairs a person is asked, and nothing is saved', async () => {
	const { stage, files, execution } = await runExample('image-that-checks-itself', [misspelt]);
	assert.equal(calls(stage).filter((path) => path === 'images/edits').length, 3);
	const [item] = outputOf(execution, 'Ask a Person');
	assert.match(String(item?.json.subject), /still fails after 3 repairs, 0\.\d\d USD so far/);
	assert.equal(item?.json.textSeen, 'Fresh braed, every day');
	assert.ok(item?.binary?.data, 'the person gets the image');
	await assert.rejects(access(join(files, 'poster.png')));
});

test('six scenes are compared with their character; the one that drifted is listed', async () => {
	const drifted: AnswerRule = {
		times: 1,
		answer: {
			criteria: [
				{
					criterion:
						'The fox is the one of the reference: same face, torn left ear, green scarf and round glasses',
					pass: false,
					reason: 'The scarf is red',
				},
				{ criterion: 'The style is the one of the reference', pass: true, reason: '' },
				{ criterion: 'There is no text in the image', pass: true, reason: '' },
			],
			fix: 'Make the scarf green',
		},
	};
	const { stage, execution } = await runExample('character-in-six-scenes', [drifted]);
	assert.equal(calls(stage).filter((path) => path === 'images/edits').length, 6);
	const [question] = stage.double.journal.filter(({ path }) => path === '/v1/responses');
	assert.match(JSON.stringify(question?.body), /Image 2: the character as it must be/);
	const [edit] = stage.double.journal.filter(({ path }) => path.endsWith('/edits'));
	assert.match(String(edit?.body?.prompt), /soft watercolor/);
	assert.equal(outputOf(execution, 'Save').length, 5);
	const [listed] = outputOf(execution, 'To Look At');
	assert.match(String(listed?.json.reasons), /: The scarf is red$/);
	const [sum] = outputOf(execution, 'What It Cost');
	const { total } = sum?.json.summary as { total: IDataObject };
	assert.equal(total.images, 6);
	assert.equal((total.questions as IDataObject).answers, 6);
});

test("a blocked prompt is rephrased by n8n's own chain, shown, and sent once more", async () => {
	const { rest, double } = await sharedStage();
	const chat = { apiKey: 'sk-local-double', url: double.url };
	await rest.saveCredential('OpenAI account', 'openAiApi', chat);
	const { stage, execution } = await runExample(
		'blocked-prompt',
		[],
		[{ kind: 'moderation', times: 1, match: { path: '/generations' } }],
	);
	const [shown] = outputOf(execution, 'Show New Prompt');
	assert.match(String(shown?.json.originalPrompt), /^A knight fights a dragon/);
	assert.match(String(shown?.json.newPrompt), /^I read "OpenAI's content filter blocked/);
	const images = stage.double.journal.filter(({ path }) => path.endsWith('/generations'));
	assert.equal(images.length, 2);
	assert.equal(images[1]?.body?.prompt, shown?.json.newPrompt);
	assert.equal(outputOf(execution, 'Image').length, 1);
	assert.deepEqual(outputOf(execution, 'Not Made'), []);
});
