import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command';

export interface PackedPackage {
	name: string;
	version: string;
	/** The path of the .tgz that `npm publish` would upload. */
	tarball: string;
	/** As in npm's lock files: the algorithm and the base64 digest of the tarball. */
	integrity: string;
	manifest: Record<string, unknown>;
}

/** Builds the package in `folder` and packs it as npm would publish it. */
export async function buildAndPack(folder: string, destination: string): Promise<PackedPackage> {
	await run('npm', ['run', 'build'], { cwd: folder });
	await mkdir(destination, { recursive: true });
	const file = await run('npm', ['pack', '--silent', '--pack-destination', destination], {
		cwd: folder,
	});
	const tarball = join(destination, file.trim());
	const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
		name: string;
		version: string;
	};
	return {
		name: manifest.name,
		version: manifest.version,
		tarball,
		integrity: `sha512-${digest('sha512', await readFile(tarball))}`,
		manifest,
	};
}

function digest(algorithm: string, content: Buffer): string {
	return createHash(algorithm).update(content).digest('base64');
}
