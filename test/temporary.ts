import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PREFIX = 'gpt-image-tests-';

/** Gives all tests of a run one temporary folder, which `end` deletes. */
export function start(): void {
	const folder = mkdtempSync(path.join(tmpdir(), PREFIX));
	// PostgreSQL, whose data lies in it, runs as another user when the tests run as root.
	chmodSync(folder, 0o711);
	process.env.TMPDIR = folder;
}

export function end(): void {
	const { TMPDIR } = process.env;
	// Never a folder that somebody else has chosen.
	if (TMPDIR === undefined || !path.basename(TMPDIR).startsWith(PREFIX)) return;
	rmSync(TMPDIR, { recursive: true, force: true, maxRetries: 3 });
}
