import { mkdir } from 'node:fs/promises';
import { runAsRoot } from './root';

/**
 * Puts a small disk of its own in place of a folder, so that it can become full and nothing else.
 * Mounting is for root, and in a container needs the capability SYS_ADMIN.
 * @returns takes the small disk away again, with all that is on it
 */
export async function mountSmallDisk(
	folder: string,
	kilobytes: number,
): Promise<() => Promise<void>> {
	await mkdir(folder, { recursive: true });
	const owner = `uid=${process.getuid?.() ?? 0},gid=${process.getgid?.() ?? 0}`;
	const size = `size=${kilobytes}k,${owner}`;
	await runAsRoot('mount', '-t', 'tmpfs', '-o', size, 'tmpfs', folder);
	return async () => {
		await runAsRoot('umount', '--lazy', folder);
	};
}
