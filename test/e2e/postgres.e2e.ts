import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { IDataObject } from 'n8n-workflow';
import type { Client } from 'pg';
import { failureOf, outputOf } from '../host/execution';
import { repository } from '../host/paths';
import type { Stage } from '../host/stage';
import type { SavedWorkflow } from '../host/types';
import { mountSmallDisk } from '../services/full-disk';
import { startPostgres, type Postgres } from '../services/postgres';
import { lostIn, paidIn, promptOf, until } from './double';
import { freshFiles, importExample } from './example';
import { sharedStage } from './shared';

/** The rows of examples/nightly-postgres.sql. */
const TITLES = [
	...['Lisbon', 'Porto', 'Faro', 'Evora', 'Sintra', 'Coimbra'],
	...['Braga', 'Aveiro', 'Nazare', 'Madeira', 'Azores', 'Obidos'],
];

interface ImageRow {
	id: number;
	title: string;
	prompt: string;
	status: string;
	path: string | null;
	tokens: number | null;
	cost_usd: string | null;
	reason: string | null;
}

let started: Promise<Postgres> | undefined;

async function database(): Promise<Postgres> {
	started ??= startPostgres();
	return await started;
}

after(async () => {
	const postgres = await started?.catch(() => undefined);
	await postgres?.close();
});

test('the nightly job fills PostgreSQL rows and tells why it refused some', async () => {
	const stage = await sharedStage();
	const { client, workflow, images } = await prepare(stage);
	await client.query(`INSERT INTO images (title, prompt, size) VALUES
		('Refused', 'A poster [[moderation]]', '1024x1024'),
		('Misfit', 'A poster of another size', '1000x1000'),
		('Unlucky', 'A poster [[error 401 invalid_api_key]]', '1024x1024')`);
	const execution = await stage.rest.runWorkflow(workflow.id, 'Start');
	assert.equal(failureOf(execution), undefined);

	const rows = await rowsOf(client);
	await assertDone(stage, rows.slice(0, TITLES.length), images);
	const [refused, misfit, unlucky] = rows.slice(TITLES.length);
	assert.equal(refused?.status, 'refused');
	assert.match(refused.reason ?? '', /moderation/i);
	assert.equal(misfit?.status, 'refused');
	assert.match(misfit.reason ?? '', /not a multiple of 16/);
	assert.equal(unlucky?.status, 'todo', 'a wrong key is not the fault of the row');
	assert.match(unlucky.reason ?? '', /API key/);
	await client.end();
});

test('the nightly job is killed twice: no row is left out, none is bought twice', async () => {
	const stage = await sharedStage();
	const { client, workflow, images } = await prepare(stage);
	const { journal, faults } = stage.double;

	// In the middle of calls: four never end, so all four lanes are busy with them when n8n dies.
	const lost = ['Coimbra', 'Braga', 'Aveiro', 'Nazare'];
	for (const title of lost) {
		faults.push({ kind: 'hang', times: 1, match: { promptIncludes: title } });
	}
	await stage.rest.startWorkflow(workflow.id, 'Start');
	const hanging = () => journal.filter(({ fault }) => fault === 'hang').length;
	await until(
		'four calls are under way and the others answered',
		() => hanging() === lost.length && paidIn(journal) === 5 + lost.length,
	);
	await stage.service.kill();
	assert.deepEqual(new Set((await rowsOf(client)).map(({ status }) => status)), new Set(['todo']));
	assert.equal(paidIn(journal), 5 + lost.length);

	// In the middle of updates: the seventh row is locked by somebody else.
	await stage.service.start();
	const postgres = await database();
	const somebody = await postgres.connect();
	await somebody.query('BEGIN');
	await somebody.query('SELECT 1 FROM images WHERE id = 7 FOR UPDATE');
	await stage.rest.startWorkflow(workflow.id, 'Start');
	const done = async () => (await rowsOf(client)).filter(({ status }) => status === 'done').length;
	await until('six rows are done', async () => (await done()) === 6);
	await stage.service.kill();
	await somebody.end();
	assert.equal(paidIn(journal), TITLES.length + lost.length);

	await stage.service.start();
	const execution = await stage.rest.runWorkflow(workflow.id, 'Start');
	assert.equal(failureOf(execution), undefined);
	for (const { json } of outputOf(execution, 'Draw Images')) {
		assert.equal((json.image as { request: IDataObject }).request.reused, true);
	}
	await assertDone(stage, await rowsOf(client), images);
	assert.equal(paidIn(journal), TITLES.length + lost.length);
	const lostTitles = lostIn(journal).map((prompt) => titleIn(prompt));
	assert.deepEqual(lostTitles.sort(), lost.sort(), 'only calls under way were paid for nothing');
	await client.end();
});

test('PostgreSQL refuses the password, then goes down: the images wait', async () => {
	const stage = await sharedStage();
	const { client, workflow } = await prepare(stage);
	// Other requests than before: images of an n8n that was killed would come back.
	await client.query("UPDATE images SET prompt = prompt || ', in winter'");
	await client.end();
	const postgres = await database();
	const { journal, faults } = stage.double;
	await saveCredential(stage, postgres, 'wrong');
	const locked = await stage.rest.runWorkflow(workflow.id, 'Start');
	assert.match(failureOf(locked) ?? '', /password/);
	assert.equal(journal.length, 0, 'nothing was sent');

	await saveCredential(stage, postgres);
	faults.push({ kind: 'slow', ms: 2000, match: { promptIncludes: 'Obidos' } });
	const executionId = await stage.rest.startWorkflow(workflow.id, 'Start');
	await until('all images are asked for', () => journal.length === TITLES.length);
	await postgres.service.stop();
	const down = await stage.rest.finished(executionId);
	assert.ok(failureOf(down));
	await postgres.service.start();

	const last = await stage.rest.runWorkflow(workflow.id, 'Start');
	assert.equal(failureOf(last), undefined);
	assert.equal(paidIn(journal), TITLES.length, 'nothing was bought again');
	for (const { json } of outputOf(last, 'Draw Images')) {
		assert.equal((json.image as { request: IDataObject }).request.reused, true);
	}
	const again = await postgres.connect();
	assert.ok((await rowsOf(again)).every(({ status }) => status === 'done'));
	await again.end();
});

test("n8n's own storage is full: the images wait for the next night", async () => {
	const stage = await sharedStage();
	const { client, workflow, images } = await prepare(stage);
	await client.query("UPDATE images SET prompt = prompt || ', in summer'");
	const storage = join(stage.folder, '.n8n', 'storage', 'workflows', workflow.id);
	const takeAway = await mountSmallDisk(storage, 1024);
	try {
		assert.equal(failureOf(await stage.rest.runWorkflow(workflow.id, 'Start')), undefined);
	} finally {
		await takeAway();
	}
	assert.equal(paidIn(stage.double.journal), TITLES.length);
	const waiting = (await rowsOf(client)).filter(({ status }) => status === 'todo');
	assert.ok(waiting.length > 0, 'some did not fit');
	for (const { reason } of waiting) assert.match(reason ?? '', /storage/);

	const next = await stage.rest.runWorkflow(workflow.id, 'Start');
	assert.equal(failureOf(next), undefined);
	assert.equal(outputOf(next, 'Draw Images').length, waiting.length);
	assert.equal(paidIn(stage.double.journal), TITLES.length, 'nothing was bought again');
	await assertDone(stage, await rowsOf(client), images);
	await client.end();
});

interface Prepared {
	client: Client;
	workflow: SavedWorkflow;
	/** Where the images are saved. */
	images: string;
}

/** The table as the example makes it, and an empty folder for its images. */
async function prepare(stage: Stage): Promise<Prepared> {
	stage.double.reset();
	const postgres = await database();
	const client = await postgres.connect();
	await client.query('DROP TABLE IF EXISTS images');
	const script = join(repository, 'examples', 'nightly-postgres.sql');
	await client.query(await readFile(script, 'utf8'));
	await saveCredential(stage, postgres);
	const images = join(await freshFiles(stage), 'images');
	await mkdir(images);
	return { client, workflow: await importExample(stage.rest, 'nightly-postgres'), images };
}

async function saveCredential(
	{ rest }: Stage,
	{ connection }: Postgres,
	password = connection.password,
) {
	await rest.saveCredential('Postgres account', 'postgres', {
		...connection,
		password,
		ssl: 'disable',
	});
}

async function rowsOf(client: Client): Promise<ImageRow[]> {
	return (await client.query<ImageRow>('SELECT * FROM images ORDER BY id')).rows;
}

/** Each row has its image on disk, byte for byte what was paid for it, and its price. */
async function assertDone(stage: Stage, rows: ImageRow[], images: string) {
	assert.deepEqual(
		rows.map(({ title }) => title),
		TITLES,
	);
	assert.equal((await readdir(images)).length, TITLES.length);
	for (const { id, title, prompt, status, path, tokens, cost_usd: usd } of rows) {
		assert.equal(status, 'done', title);
		assert.equal(path, `.n8n-files/images/${id}-${title}.png`);
		const answered = stage.double.journal.filter(
			(entry) => promptOf(entry) === prompt && !entry.aborted,
		);
		assert.equal(answered.length, 1, `${title} was bought once`);
		const saved = await readFile(join(images, `${id}-${title}.png`));
		assert.deepEqual([sha256(saved)], answered[0]?.imageSha256);
		// 158 image tokens at $30 and less than 30 text tokens at $5 per million.
		assert.ok(Number(tokens) > 158 && Number(tokens) < 188, `${title}: ${tokens} tokens`);
		assert.ok(Number(usd) > 0.00474 && Number(usd) < 0.00489, `${title}: $${usd}`);
	}
}

const titleIn = (prompt: string) => TITLES.find((title) => prompt.includes(title)) ?? prompt;

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
