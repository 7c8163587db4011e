import { run } from '../host/command';

export const isRoot = () => process.getuid?.() === 0;

/** Runs a command that only root may run: as we are, or by a sudo that asks for no password. */
export async function runAsRoot(command: string, ...args: string[]): Promise<string> {
	return isRoot()
		? await run(command, args, { cwd: '/' })
		: await run('sudo', ['--non-interactive', command, ...args], { cwd: '/' });
}
