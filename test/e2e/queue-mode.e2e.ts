import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { INode } from 'n8n-workflow';
import type { Client } from 'pg';
import { outputOf } from '../host/execution';
import { openInstance, type Instance } from '../host/instance';
import { startWorker, type N8n } from '../host/n8n';
import { cacheFolder } from '../host/paths';
import { CREDENTIAL_NAME, CREDENTIAL_TYPE, doubleCredential } from '../host/stage';
import type { Execution, SavedCredential, WorkflowFile } from '../host/types';
import { startDouble, type Double } from '../openai-double';
import { startPostgres, type Postgres } from '../services/postgres';
import { startRedis } from '../services/redis';
import { lostIn, paidIn, promptOf, until } from './double';
import { sharedStage } from './shared';

const ARTICLES = 100;
const CONCURRENCY = 5;
const SENDERS = 10;
const VIEWS = ['front', 'back'];

/** Answers of this many calls are held up, so that the worker dies in the middle of them. */
const HELD_UP = 2 * CONCURRENCY;
const HELD_UP_MS = 8000;

const closings: Array<() => Promise<void>> = [];

after(async () => {
	for (const close of closings.toReversed()) await close();
});

test('100 webhook calls, two workers with folders of their own, one is killed, the database restarts meanwhile: every image is delivered', async () => {
	const { main, startWorkers, double, postgres } = await openQueue();
	const { journal, faults } = double;
	const { rest } = main;
	const credential = await rest.saveCredential(
		CREDENTIAL_NAME,
		CREDENTIAL_TYPE,
		doubleCredential(double),
	);
	const workflow = await rest.importWorkflow(packshots(credential));
	await rest.activateWorkflow(workflow);

	const articles = Array.from({ length: ARTICLES }, (_, index) => index + 1);
	await sendAll(main.url, articles);
	const worker = await startWorkers();
	await until('a third of the images is made', () => journal.length > 60);
	faults.push({
		kind: 'slow',
		ms: HELD_UP_MS,
		times: HELD_UP,
		match: { promptIncludes: 'the back' },
	});
	const heldUp = () => journal.filter(({ fault, endedAt }) => fault !== null && endedAt === null);
	await until('both workers wait for answers', () => heldUp().length === HELD_UP);
	await worker.service.kill();
	await postgres.service.restart();
	assert.ok(heldUp().length >= CONCURRENCY, 'calls were under way all the time');
	const database = await connected(postgres);
	await until('n8n has found its database again', async () => {
		const answer = await fetch(`${main.url}/healthz/readiness`).catch(() => undefined);
		return answer?.ok === true;
	});

	await until('no execution is under way', async () => {
		const statuses = await statusesOf(database);
		return !statuses.some((status) => ['new', 'running', 'waiting'].includes(status));
	});
	const first = await executionsOf(main, database);
	const crashed = articles.filter((article) => !delivered(first, article));
	assert.equal(crashed.length, CONCURRENCY, 'what the killed worker was doing');

	// n8n does not run crashed executions again; whoever misses an answer calls again.
	await sendAll(main.url, crashed);
	await until('those are done', async () => {
		const statuses = await statusesOf(database);
		return statuses.filter((status) => status === 'success').length === ARTICLES;
	});
	const executions = await executionsOf(main, database);

	const lost = lostIn(journal);
	assert.deepEqual(
		lost.sort(),
		crashed.map((article) => promptFor(article, 'back')).sort(),
		'paid for nothing: the calls that were under way in the killed worker',
	);
	assert.equal(paidIn(journal), ARTICLES * VIEWS.length + lost.length);
	for (const article of articles) {
		const execution = delivered(executions, article);
		assert.ok(execution, `article ${article} was delivered`);
		for (const view of VIEWS) {
			const image = outputOf(execution, nodeFor(view))[0]?.binary?.data;
			assert.ok(image);
			assert.match(image.id ?? '', /^database:/, "in n8n's store");
			const digest = sha256(await rest.download(image));
			const answered = journal.filter(
				(entry) => promptOf(entry) === promptFor(article, view) && !entry.aborted,
			);
			assert.equal(answered.length, 1, `${view} of ${article} was bought once`);
			assert.deepEqual(answered[0]?.imageSha256, [digest], 'the bytes that were paid');
		}
	}
	const { rows } = await database.query<{ state: string; count: number }>(
		'SELECT state, CAST(count(*) AS integer) AS count FROM gpt_image.purchase GROUP BY state',
	);
	const counts = new Map(rows.map(({ state, count }) => [state, count]));
	assert.equal(counts.get('delivered'), ARTICLES * VIEWS.length, 'one store for all processes');
	assert.equal(counts.get('told'), lost.length, 'the lost calls were told');
});

interface Queue {
	main: Instance;
	/** @returns one of the two */
	startWorkers: () => Promise<N8n>;
	double: Double;
	postgres: Postgres;
}

/** n8n's own database, to see how executions stand. */
async function connected(postgres: Postgres): Promise<Client> {
	const database = await postgres.connect();
	closings.push(async () => await database.end());
	return database;
}

/** A machine of its own for a worker: n8n's key and the installed packages, and no more. */
async function newMachine(main: string, name: string): Promise<string> {
	const folder = `${main}-${name}`;
	await rm(folder, { recursive: true, force: true });
	for (const part of ['config', 'nodes'])
		await cp(join(main, '.n8n', part), join(folder, '.n8n', part), { recursive: true });
	return folder;
}

/** Starts n8n as a main process, with a database and a queue. */
async function openQueue(): Promise<Queue> {
	const { packed } = await sharedStage();
	const folder = join(cacheFolder, 'e2e-queue');
	await rm(folder, { recursive: true, force: true });
	const postgres = await startPostgres();
	closings.push(postgres.close);
	const redis = await startRedis();
	closings.push(async () => await redis.service.stop());
	// Slow enough that both workers get their share, whichever is ready first.
	const double = await startDouble({ drawing: 'plain', latencyMs: 250 });
	closings.push(async () => await double.close());

	const { connection } = postgres;
	const env = {
		EXECUTIONS_MODE: 'queue',
		QUEUE_BULL_REDIS_HOST: '127.0.0.1',
		QUEUE_BULL_REDIS_PORT: String(redis.port),
		// A dead worker is noticed after seconds instead of a minute and a half.
		QUEUE_WORKER_LOCK_DURATION: '15000',
		QUEUE_WORKER_LOCK_RENEW_TIME: '2000',
		QUEUE_WORKER_STALLED_INTERVAL: '3000',
		N8N_GPT_IMAGE_STORE: 'n8n',
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: connection.host,
		DB_POSTGRESDB_PORT: String(connection.port),
		DB_POSTGRESDB_DATABASE: connection.database,
		DB_POSTGRESDB_USER: connection.user,
		DB_POSTGRESDB_PASSWORD: connection.password,
	};
	const main = await openInstance({ folder, packed, env });
	closings.push(main.close);
	const start = async (name: string): Promise<N8n> =>
		await startWorker({
			folder: await newMachine(folder, name),
			env,
			concurrency: CONCURRENCY,
		});
	const startWorkers = async (): Promise<N8n> => {
		const [worker, other] = await Promise.all([start('worker-1'), start('worker-2')]);
		closings.push(async () => await other.service.stop());
		closings.push(async () => await worker.service.stop());
		return worker;
	};
	return { main, startWorkers, double, postgres };
}

const nodeFor = (view: string) => `Image of the ${view}`;

const promptFor = (article: number | string, view: string) =>
	`Packshot of article ${article}, the ${view}`;

/** A webhook that answers at once; then two images, one after the other. */
function packshots({ id, name }: SavedCredential): WorkflowFile {
	const image = (view: string, x: number): INode => ({
		id: view,
		name: nodeFor(view),
		type: 'n8n-nodes-gpt-image.gptImage',
		typeVersion: 1,
		position: [x, 0],
		parameters: {
			prompt: `=${promptFor('{{ $json.body.article }}', view)}`,
			quality: 'low',
		},
		credentials: { [CREDENTIAL_TYPE]: { id, name } },
	});
	const to = (node: string) => ({ main: [[{ node, type: 'main' as const, index: 0 }]] });
	return {
		id: 'PackshotsInQueue',
		name: 'Packshots',
		nodes: [
			{
				id: 'hook',
				name: 'Webhook',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				position: [0, 0],
				webhookId: 'packshots-e2e',
				parameters: { httpMethod: 'POST', path: 'packshots', responseMode: 'onReceived' },
			},
			image('front', 220),
			image('back', 440),
		],
		connections: { Webhook: to(nodeFor('front')), [nodeFor('front')]: to(nodeFor('back')) },
	};
}

/** Calls the webhook once for each article, a few at a time. */
async function sendAll(url: string, articles: number[]): Promise<void> {
	const waiting = [...articles];
	const send = async () => {
		for (let article = waiting.shift(); article !== undefined; article = waiting.shift()) {
			const answer = await fetch(`${url}/webhook/packshots`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ article }),
			});
			assert.equal(answer.status, 200);
			await answer.arrayBuffer();
		}
	};
	await Promise.all(Array.from({ length: SENDERS }, send));
}

interface ExecutionRow {
	id: number;
	status: string;
}

async function rowsOf(database: Client): Promise<ExecutionRow[]> {
	return (await database.query<ExecutionRow>('SELECT id, status FROM execution_entity')).rows;
}

async function statusesOf(database: Client): Promise<string[]> {
	return (await rowsOf(database)).map(({ status }) => status);
}

async function executionsOf({ rest }: Instance, database: Client): Promise<Execution[]> {
	const executions: Execution[] = [];
	for (const { id } of await rowsOf(database)) executions.push(await rest.execution(String(id)));
	return executions;
}

/** The execution that ended well for this article. */
function delivered(executions: Execution[], article: number): Execution | undefined {
	return executions.find((execution) => {
		const [item] = outputOf(execution, 'Webhook');
		const body = item?.json.body as { article: number } | undefined;
		return execution.status === 'success' && body?.article === article;
	});
}

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
