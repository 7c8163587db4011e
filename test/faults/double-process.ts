import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { DoubleOptions, Fault, JournalEntry } from '../openai-double';

/** The local OpenAI in a process of its own: its work costs the process under test nothing. */
export interface DoubleProcess {
	/** Base URL for clients, ends with /v1. */
	readonly url: string;
	journal(): Promise<JournalEntry[]>;
	/** Empties the journal and the waiting faults; options stay. */
	reset(): Promise<void>;
	push(...faults: readonly Fault[]): Promise<void>;
	/** null takes an option back. */
	setOptions(options: Changed): Promise<void>;
	close(): Promise<void>;
}

type Changed = { readonly [Name in keyof DoubleOptions]?: DoubleOptions[Name] | null };

const script = path.join(__dirname, '..', '..', 'scripts', 'double.ts');

/** Its headers tell the limit, and a client that believes them would wait for the next minute. */
const noLimit = 1_000_000;

/** Starts it on a free port; its images are flat and cost no time. */
export async function startDoubleProcess(
	options: Partial<DoubleOptions> = {},
): Promise<DoubleProcess> {
	const child = spawn(process.execPath, ['--import', 'tsx', script, '--port', '0', '--plain'], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	// It would outlive a parent that fails.
	const end = (): void => void child.kill('SIGKILL');
	process.once('exit', end);
	const url = await new Promise<string>((resolve, reject) => {
		createInterface(child.stdout).on('line', (line) => {
			const [found] = /http:\/\/127\.0\.0\.1:\d+\/v1/.exec(line) ?? [];
			if (found) resolve(found);
		});
		child.once('exit', () => reject(new Error('The local OpenAI ended before it could be used')));
	});
	const control = async (method: string, name: string, body?: unknown): Promise<unknown> => {
		const answer = await fetch(`${url.replace(/\/v1$/, '')}/__${name}`, {
			method,
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		if (!answer.ok) throw new Error(`The local OpenAI answered ${answer.status} to /__${name}`);
		return await answer.json();
	};
	await control('POST', 'options', { imagesPerMinute: noLimit, ...options });
	return {
		url,
		journal: async () => (await control('GET', 'journal')) as JournalEntry[],
		reset: async () => void (await control('POST', 'reset', {})),
		push: async (...faults) => void (await control('POST', 'faults', faults)),
		setOptions: async (changed) => void (await control('POST', 'options', changed)),
		close: async () => {
			process.removeListener('exit', end);
			if (child.exitCode !== null || child.signalCode !== null) return;
			const gone = new Promise((resolve) => child.once('exit', resolve));
			end();
			await gone;
		},
	};
}
