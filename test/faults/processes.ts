import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Message, RunReport, RunTask } from './protocol';

/** A process with n8n's engine and our node, which can be killed at any moment. */
export class Subject {
	private readonly ready: Promise<void>;
	private readonly gone: Promise<void>;
	private report: (report: RunReport) => void = () => undefined;
	private ended = false;

	private constructor(private readonly child: ChildProcess) {
		this.gone = new Promise((resolve) => {
			child.once('exit', () => {
				this.ended = true;
				resolve();
			});
		});
		this.ready = new Promise((resolve) => {
			child.on('message', (message: Message) => {
				if (message.kind === 'ready') resolve();
				else this.report(message.report);
			});
		});
	}

	/** @param work a folder that the harness deletes at its end */
	static start(work: string): Subject {
		const child = fork(path.join(__dirname, 'child.ts'), [path.join(work, 'binary')], {
			execArgv: ['--import', 'tsx'],
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
			env: {
				...process.env,
				N8N_USER_FOLDER: path.join(work, 'n8n'),
				N8N_GPT_IMAGE_LEASE_SECONDS: '2',
			},
		});
		return new Subject(child);
	}

	get isDead(): boolean {
		return this.ended;
	}

	/**
	 * @param killAfterMs kill -9 that long after the start
	 * @returns undefined when the process died before the run had ended
	 */
	async run(task: RunTask, killAfterMs?: number): Promise<RunReport | undefined> {
		await Promise.race([this.ready, this.gone]);
		const report = new Promise<RunReport>((resolve) => (this.report = resolve));
		const timer =
			killAfterMs === undefined
				? undefined
				: setTimeout(() => this.child.kill('SIGKILL'), killAfterMs);
		this.child.send(task);
		const result = await Promise.race([report, this.gone.then(() => undefined)]);
		clearTimeout(timer);
		// It may have been killed in the moment it was done.
		return this.child.killed ? undefined : result;
	}

	async kill(): Promise<void> {
		if (!this.ended) this.child.kill('SIGKILL');
		await this.gone;
	}
}

/** Keeps processes started ahead of need: loading n8n's engine takes longer than a run. */
export class Subjects {
	private readonly spare: Subject[] = [];
	private readonly used = new Set<Subject>();

	constructor(
		private readonly work: string,
		ahead: number,
	) {
		for (let index = 0; index < ahead; index++) this.spare.push(Subject.start(work));
	}

	take(): Subject {
		const subject = this.spare.shift() ?? Subject.start(this.work);
		this.used.add(subject);
		return subject;
	}

	/** Gives a process back, or replaces it when it has died. */
	recycle(subject: Subject): void {
		this.used.delete(subject);
		this.spare.push(subject.isDead ? Subject.start(this.work) : subject);
	}

	async close(): Promise<void> {
		await Promise.all([...this.spare, ...this.used].map(async (subject) => await subject.kill()));
	}
}
