import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command';

const PLATFORM = process.platform === 'win32' ? 'win' : process.platform;
/** On Apple silicon the npm package of Node's binary has another name. */
const PREFIX = PLATFORM === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';

/**
 * Node's C headers for the running version, taken from the npm package that also brought its
 * binary: so a native module compiles where nodejs.org cannot be reached, and never against the
 * headers of the machine's own, older Node. Undefined where that package has none: node-gyp then
 * downloads them itself.
 */
export async function nodeHeaders(workFolder: string): Promise<string | undefined> {
	const name = `${PREFIX}-${PLATFORM}-${process.arch}@${process.versions.node}`;
	try {
		const tarball = await run('npm', ['pack', name, '--silent'], { cwd: workFolder });
		await run('tar', ['-xzf', tarball.trim()], { cwd: workFolder });
	} catch {
		return undefined;
	}
	const folder = join(workFolder, 'package');
	return existsSync(join(folder, 'include', 'node', 'node_api.h')) ? folder : undefined;
}
