import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';

export interface CommandOptions {
	cwd: string;
	env?: Record<string, string>;
	/** Called with every line that the command writes to its error stream. */
	onErrorLine?: (line: string) => void;
}

const TAIL_LINES = 25;

/**
 * PATH with the Node that runs this script in front: `npm` started from a script would otherwise
 * run on the machine's own Node, which may be too old for n8n.
 */
export function pathWithThisNode(): string {
	return [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
}

/** Runs a command to its end and returns what it printed; throws with the last lines on failure. */
export async function run(
	command: string,
	args: string[],
	{ cwd, env, onErrorLine }: CommandOptions,
): Promise<string> {
	return await new Promise((resolve, reject) => {
		const child = spawn(command, args, {
			cwd,
			env: { ...process.env, PATH: pathWithThisNode(), ...env },
			stdio: ['ignore', 'pipe', 'pipe'],
			shell: process.platform === 'win32',
		});
		let output = '';
		let errors = '';
		child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
		createInterface(child.stderr).on('line', (line) => {
			errors += `${line}\n`;
			onErrorLine?.(line);
		});
		child.on('error', reject);
		child.on('close', (code, signal) => {
			if (code === 0) return resolve(output);
			const tail = lastLines(`${output}\n${errors}`);
			const end = signal === null ? `exit code ${code}` : signal;
			reject(new Error(`"${[command, ...args].join(' ')}" ended with ${end}:\n${tail}`));
		});
	});
}

export function lastLines(text: string): string {
	return text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}
