import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IDataObject } from 'n8n-workflow';
import { startDouble, type Double } from '../openai-double';
import { lineagesOf, turnsSent } from './conversations';
import type { Message, Report, Task } from './process';
import { newStore } from './set-up';

/** Several processes of n8n with the built package and one store: nothing is bought twice, nothing is lost. */

const LEASE_SECONDS = 3;
let double: Double;
let folder: string;
let executions = 0;

class Process {
	private readonly child: ChildProcess;
	readonly ready: Promise<unknown>;

	/** @param container a name, if others cannot look at its processes */
	constructor(container?: string) {
		this.child = fork(path.join(__dirname, 'process.ts'), container ? [container] : [], {
			execArgv: ['--import', 'tsx'],
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
			env: {
				...process.env,
				N8N_GPT_IMAGE_STORE: folder,
				N8N_GPT_IMAGE_LEASE_SECONDS: String(LEASE_SECONDS),
			},
		});
		this.child.setMaxListeners(0);
		this.ready = once(this.child, 'message');
	}

	/** Starts an execution. */
	run(prompts: readonly string[], parameters: IDataObject = {}, more: Partial<Task> = {}) {
		const executionId = String(++executions);
		const start: Task = {
			...{ executionId, prompts, parameters, dieAt: undefined, ...more },
			credential: { apiKey: 'sk-races', baseUrl: double.url, ...more.credential },
		};
		const ended = new Promise<Report>((resolve) => {
			this.child.on('message', (report: Report) => {
				if (report.executionId === executionId) resolve(report);
			});
		});
		this.send({ start });
		return { ended, cancel: () => this.send({ cancel: executionId }) };
	}

	private send(message: Message): void {
		this.child.send(message);
	}

	/** @param how undefined = it kills itself */
	async end(how?: 'SIGKILL'): Promise<void> {
		if (this.child.exitCode !== null || this.child.signalCode !== null) return;
		const gone = once(this.child, 'exit');
		if (how) this.child.kill(how);
		await gone;
	}
}

let a: Process;
let b: Process;
let c: Process;
let inContainer: Process;
beforeAll(async () => {
	double = await startDouble({ drawing: 'plain', imagesPerMinute: 1_000_000 });
	folder = newStore();
	[a, b, c, inContainer] = [new Process(), new Process(), new Process(), new Process('container')];
	await Promise.all([a, b, c, inContainer].map(async ({ ready }) => await ready));
	// What it loads on first use is loaded, so that it asks at once when another was stopped.
	await b.run(['a spoon']).ended;
});
afterAll(async () => {
	await Promise.all([a, b, c, inContainer].map(async (one) => await one.end('SIGKILL')));
	await double.close();
});
beforeEach(() => double.reset());

const always = { limits: { reuse: 'always' } };
const inSession = {
	resource: 'conversation',
	operation: 'send',
	continueFrom: 'session',
	sessionKey: 's',
};
async function sent(requests: number): Promise<void> {
	while (double.journal.length < requests) await sleep(10);
}
const paid = () => double.journal.reduce((sum, entry) => sum + entry.paid, 0);
const made = () => double.journal.flatMap(({ imageSha256 }) => imageSha256).toSorted();
const shas = ({ images }: Report) => images.map(({ sha256 }) => sha256).toSorted();
const codes = ({ images }: Report) =>
	images.map(({ warnings }) => (warnings as IDataObject[]).map(({ code }) => code));
const isReused = ({ images }: Report) =>
	images.map(({ request }) => (request as IDataObject).reused);

it('in its first long call, a process is not taken for dead when another of its executions ends', async () => {
	const prompts = [`[[slow ${LEASE_SECONDS * 1000 + 2000}]] a mug`];
	const long = a.run(prompts, always);
	await sent(1);
	expect((await a.run(['a jug']).ended).error).toBeUndefined();
	const other = await inContainer.run(prompts, always).ended;
	expect(double.journal).toHaveLength(2);
	expect(shas(other)).toEqual(shas(await long.ended));
});

it('stopped and run again at once: four are paid for four, and four are delivered', async () => {
	const prompts = ['a mug', 'a jug', 'a cup', 'a bowl'].map((what) => `[[slow 1500]] ${what}`);
	const stopped = a.run(prompts);
	await sent(4);
	stopped.cancel();
	await stopped.ended;
	const again = await b.run(prompts).ended;
	expect(paid()).toBe(4);
	expect(isReused(again)).toEqual([true, true, true, true]);
	expect(shas(again)).toEqual(made());
});

it('three processes want the same 30 images with Always: 30 are paid for 90', async () => {
	const prompts = Array.from({ length: 30 }, (_, n) => `mug ${n}`);
	const reports = await Promise.all(
		[a, b, inContainer].map(async (one) => await one.run(prompts, always).ended),
	);
	expect(paid()).toBe(30);
	for (const report of reports) expect(shas(report)).toEqual(made());
});

it('six equal rows with Always: one is paid', async () => {
	const prompts = Array<string>(6).fill('[[slow 300]] a vase');
	const report = await a.run(prompts, { limits: { reuse: 'always', maxParallel: 6 } }).ended;
	expect(paid()).toBe(1);
	expect(shas(report)).toEqual(Array(6).fill(made()[0]));
	expect(isReused(report).filter((reused) => reused === false)).toHaveLength(1);
});

it('two processes in one session: one chain', async () => {
	const said = ['a', 'b'].map((name) => [1, 2, 3].map((n) => `${name}${n}`));
	const [one = [], two = []] = said;
	await Promise.all([a.run(one, inSession).ended, b.run(two, inSession).ended]);
	const last = lineagesOf(double).at(-1) ?? [];
	expect(last.toSorted()).toEqual(said.flat());
	expect(lineagesOf(double)).toEqual(last.map((_, n) => last.slice(0, n + 1)));
});

it('the calls of a killed process count in the day limit, and are told once', async () => {
	const prompts = ['a plate', 'a spoon', 'a fork'].map((what) => `[[slow 700]] ${what}`);
	const credential = { apiKey: 'sk-killed' };
	void a.run(prompts, {}, { credential });
	await sent(3);
	await a.end('SIGKILL');
	// An image is $0.006: three and one more do not fit.
	const limited = { ...credential, maxCostPerDay: 0.02 };
	const over = await b.run(['a knife'], {}, { credential: limited }).ended;
	expect(over.error).toContain('Max Cost per Day');
	expect(double.journal).toHaveLength(3);
	const lost = ['may_have_been_billed'];
	expect(codes(await b.run(prompts, {}, { credential }).ended)).toEqual([lost, lost, lost]);
	expect(codes(await b.run(prompts, {}, { credential }).ended)).toEqual([[], [], []]);
});

it.each([
	['before it was kept', 'image', () => inContainer],
	['after it was kept', 'later', () => c],
] as const)(
	'a turn killed when its answer had arrived, %s, is delivered by the next run without a second payment',
	async (_, dieAt, victim) => {
		const turn = { ...inSession, sessionKey: dieAt };
		void victim().run(['a red mug'], turn, { dieAt });
		await victim().end();
		expect(paid()).toBe(1);
		const report = await b.run(['a red mug'], turn).ended;
		expect(shas(report)).toEqual(made());
		expect(turnsSent(double)).toHaveLength(1);
		expect(paid()).toBe(1);
	},
);
