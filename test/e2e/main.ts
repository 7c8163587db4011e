import { globSync } from 'node:fs';
import { join } from 'node:path';
import { run, type EventData } from 'node:test';

/** Long enough for a machine under load; a test that hangs must not hold up all others for ever. */
const TIMEOUT_MS = 15 * 60_000;

interface Result {
	name: string;
	ok: boolean;
	seconds: number;
}

/**
 * Runs every *.e2e.ts in this process, one after the other, so that they can share one n8n. An
 * argument is a pattern: only tests whose name matches it are run.
 */
async function main() {
	const [pattern] = process.argv.slice(2);
	const results: Result[] = [];
	const events = run({
		files: globSync('*.e2e.ts', { cwd: __dirname })
			.sort()
			.map((file) => join(__dirname, file)),
		isolation: 'none',
		timeout: TIMEOUT_MS,
		testNamePatterns: pattern,
	});
	for await (const { type, data } of events) {
		if (type === 'test:start' && data.nesting === 0) console.log(`\n# ${data.name}`);
		if (type === 'test:fail') console.log(data.details.error.cause ?? data.details.error);
		if ((type === 'test:pass' || type === 'test:fail') && data.nesting === 0) {
			results.push(toResult(data, type === 'test:pass'));
		}
	}

	console.log();
	for (const { name, ok, seconds } of results) {
		console.log(`${ok ? 'ok    ' : 'failed'}  ${seconds.toFixed(1).padStart(6)} s  ${name}`);
	}
	const passed = results.filter(({ ok }) => ok).length;
	const failed = results.length - passed;
	if (failed > 0 || passed === 0) process.exitCode = 1;
	console.log(`${passed} passed, ${failed} failed`);
}

function toResult({ name, details }: EventData.TestPass | EventData.TestFail, ok: boolean): Result {
	return { name, ok, seconds: details.duration_ms / 1000 };
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
