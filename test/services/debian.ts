import { existsSync } from 'node:fs';
import { ensurePackages } from './apt';

const said = new Set<string>();

/**
 * A file of a Debian package, for tests that check by a program or a font that is not ours.
 * @returns false, after saying so, where the package cannot be had
 */
export async function isProvided(file: string, debianPackage: string): Promise<boolean> {
	if (existsSync(file)) return true;
	try {
		await ensurePackages(debianPackage);
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		if (!said.has(debianPackage)) {
			process.stderr.write(
				`${debianPackage} cannot be installed, what needs it is NOT TESTED: ${reason}\n`,
			);
		}
		said.add(debianPackage);
	}
	return existsSync(file);
}
