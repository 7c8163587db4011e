import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PREFIX = 'gpt-image-tests-';

/** Gives all tests of a run one temporary folder, which `temporary-end.ts` deletes. */
export default function start(): void {
	process.env.TMPDIR = mkdtempSync(path.join(tmpdir(), PREFIX));
}

export function end(): void {
	const { TMPDIR } = process.env;
	// Never a folder that somebody else has chosen.
	if (TMPDIR === undefined || !path.basename(TMPDIR).startsWith(PREFIX)) return;
	rmSync(TMPDIR, { recursive: true, force: true, maxRetries: 3 });
}
