import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import sharp from 'sharp';
import { readExample } from '../host/example';
import type { Stage } from '../host/stage';
import type { JournalEntry } from '../openai-double';
import { until } from './double';
import { sharedStage } from './shared';

const header = { name: 'X-Chat-Key', value: 'only for those who know it' };

const TURNS = ['A logo for a bakery', 'More geometric', 'Add a tagline'];

test('a chat goes on over three executions, with n8n restarted before the last', async () => {
	const stage = await openChat();
	const said: Answer[] = [];
	for (const [index, text] of TURNS.entries()) {
		if (index === 2) await restart(stage);
		const answer = await send(stage, { chat: '42', text });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(answer.turn, String(index + 1));
		const { format, width, height } = await sharp(answer.body).metadata();
		assert.deepEqual([format, width, height], ['png', 1024, 1024]);
		said.push(answer);
	}
	const drawn = turnsOf(stage);
	assert.deepEqual(
		drawn.map(({ lineage }) => lineage),
		[TURNS.slice(0, 1), TURNS.slice(0, 2), TURNS],
	);
	assert.deepEqual(
		drawn.map(({ imageSha256 }) => imageSha256),
		said.map(({ body }) => [createHash('sha256').update(body).digest('hex')]),
		'the chat gets the very bytes that OpenAI sent',
	);
	for (const { costUsd } of said) assert.ok(costUsd > 0.00588 && costUsd < 0.03, `${costUsd}`);
});

test('chats are apart, and begin anew when they are told to', async () => {
	const stage = await openChat();
	await send(stage, { chat: 'anna', text: 'A red mug' });
	await send(stage, { chat: 'berta', text: 'A blue cup' });
	await send(stage, { chat: 'anna', text: 'Larger' });
	const anew = await send(stage, { chat: 'anna', text: 'A green bowl', new: true });
	assert.equal(anew.turn, '1');
	assert.deepEqual(
		turnsOf(stage).map(({ lineage }) => lineage),
		[['A red mug'], ['A blue cup'], ['A red mug', 'Larger'], ['A green bowl']],
	);
});

test('words alone, refusals and mistakes are answered as what they are', async () => {
	const stage = await openChat();
	const words = await send(stage, { chat: '7', text: 'What can you do? [[talk]]' });
	assert.deepEqual([words.status, words.turn], [200, '1']);
	assert.equal(words.text, 'I read "What can you do?". Tell me more, and I will draw it.');

	const refused = await send(stage, { chat: '7', text: 'A fight [[moderation]]' });
	assert.equal(refused.status, 422);
	assert.match(refused.text, /OpenAI's moderation blocked the request/);

	const sent = turnsOf(stage).length;
	assert.equal((await send(stage, { chat: '7', text: 'A mug' }, {})).status, 403);
	const nobody = await send(stage, { text: 'A mug' });
	assert.equal(nobody.status, 422);
	assert.match(nobody.text, /'Session Key' is empty/);
	assert.equal(turnsOf(stage).length, sent, 'nothing was sent');
});

interface Answer {
	status: number;
	turn: string | null;
	costUsd: number;
	body: Buffer;
	text: string;
}

async function openChat(): Promise<Stage> {
	const stage = await sharedStage();
	stage.double.reset();
	await stage.rest.saveCredential('Header Auth account', 'httpHeaderAuth', header);
	const workflow = await stage.rest.importWorkflow(await readExample('chat-designer'));
	await stage.rest.activateWorkflow(workflow);
	return stage;
}

async function send(
	{ url }: Stage,
	message: object,
	headers: Record<string, string> = { [header.name]: header.value },
): Promise<Answer> {
	const answer = await fetch(`${url}/webhook/chat-designer`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: JSON.stringify(message),
	});
	const body = Buffer.from(await answer.arrayBuffer());
	return {
		status: answer.status,
		turn: answer.headers.get('x-turn'),
		costUsd: Number(answer.headers.get('x-cost-usd')),
		body,
		text: body.toString(),
	};
}

/** Until the workflow's webhook is registered again. */
async function restart({ url, service }: Stage): Promise<void> {
	await service.restart();
	await until('the webhook listens again', async () => {
		const { status } = await fetch(`${url}/webhook/chat-designer`, { method: 'OPTIONS' });
		return status !== 404;
	});
}

const turnsOf = ({ double }: Stage): JournalEntry[] =>
	double.journal.filter(({ path, lineage }) => path === '/v1/responses' && lineage !== undefined);
