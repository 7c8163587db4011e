import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Gives all tests of a run one temporary folder, which `temporary-end.ts` deletes. */
export default function start(): void {
	process.env.TMPDIR = mkdtempSync(path.join(tmpdir(), 'gpt-image-tests-'));
}

export function end(): void {
	const { TMPDIR } = process.env;
	if (TMPDIR) rmSync(TMPDIR, { recursive: true, force: true, maxRetries: 3 });
}
