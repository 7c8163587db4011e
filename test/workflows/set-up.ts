import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDouble, type Double, type DoubleOptions } from '../openai-double';
import { useBinaryMode } from './engine';

/** An empty ledger, which the nodes of this process use from now on. */
export function newLedger(): string {
	const folder = mkdtempSync(path.join(tmpdir(), 'gpt-image-ledger-'));
	process.env.N8N_GPT_IMAGE_LEDGER = folder;
	return folder;
}

/** For `beforeEach`: an empty ledger, and a double that remembers nothing. */
export function startAfresh(double: Double): string {
	double.reset();
	return newLedger();
}

/** What tests of workflows start with: a local OpenAI, n8n's binaries in memory, an empty ledger. */
export async function setUp(options: Partial<DoubleOptions> = {}): Promise<Double> {
	newLedger();
	await useBinaryMode('memory');
	return await startDouble(options);
}
