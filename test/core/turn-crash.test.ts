import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDouble, type Double } from '../openai-double';

let double: Double;
const folder = mkdtempSync(path.join(tmpdir(), 'gpt-image-crash-'));
beforeAll(async () => {
	double = await startDouble();
});
afterAll(async () => {
	await double.close();
	rmSync(folder, { recursive: true, force: true });
});

function takeTurn(executionId: string, message: string) {
	const script = path.join(__dirname, 'turn-child.ts');
	const args = ['--import', 'tsx', script, double.url, folder, executionId, message];
	return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function outcomeOf(child: ReturnType<typeof takeTurn>): Promise<unknown> {
	let printed = '';
	child.stdout.on('data', (data: Buffer) => (printed += data.toString()));
	await once(child, 'close');
	return JSON.parse(printed) as unknown;
}

/** Ids that were noted beside the calls under way. */
function notes(): string[] {
	const calls = path.join(folder, 'ledger', 'calls');
	try {
		return readdirSync(calls)
			.map((name) => readFileSync(path.join(calls, name), 'utf8'))
			.filter((note) => note !== '');
	} catch {
		return [];
	}
}

async function until(met: () => boolean): Promise<void> {
	while (!met()) await new Promise((resolve) => setTimeout(resolve, 20));
}

it('a turn whose process was killed is fetched by the next one, not bought again', async () => {
	const message = 'A lighthouse [[slow 3000]]';
	const first = takeTurn('execution-1', message);
	await until(() => notes().length === 1);
	first.kill('SIGKILL');
	await once(first, 'exit');
	expect(double.journal.filter(({ method }) => method === 'POST')).toHaveLength(1);
	expect(notes()).toEqual([expect.stringMatching(/^resp_/)]);
	const [responseId] = notes();

	const items = await outcomeOf(takeTurn('execution-2', message));
	expect(items).toEqual([
		{
			conversation: expect.objectContaining({ responseId, turn: 1, sessionKey: 'chat 42' }),
			warnings: [expect.stringContaining('its answer was fetched instead of buying another')],
			reused: false,
		},
	]);
	expect(double.journal.filter(({ method }) => method === 'POST')).toHaveLength(1);
	expect(double.journal.reduce((sum, { paid }) => sum + paid, 0)).toBe(1);
	expect(notes()).toEqual([]);

	const next = await outcomeOf(takeTurn('execution-3', 'With a storm'));
	expect(next).toMatchObject([{ conversation: { turn: 2 }, warnings: [] }]);
	const drawn = double.journal.findLast(({ lineage }) => lineage !== undefined);
	expect(drawn?.lineage).toEqual([message, 'With a storm']);
}, 60_000);
