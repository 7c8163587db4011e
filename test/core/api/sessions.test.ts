import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { openSessions, sessionDigest, type KeptTurn } from '../../../core/api/sessions';
import { keptTurn } from './sessions-made';
import { failureOf } from './turns';

const run = promisify(execFile);
const DAY = 24 * 3_600_000;
const folders: string[] = [];
afterEach(() => {
	for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Sessions in a folder of their own inside another, so that escaping files would be seen. */
function open(options: { now?: () => number; maxBytes?: number } = {}) {
	const outer = mkdtempSync(path.join(tmpdir(), 'gpt-image-sessions-'));
	folders.push(outer);
	const folder = path.join(outer, 'sessions');
	return { outer, folder, sessions: openSessions({ folder, ...options }) };
}

const name = { workflowId: 'workflow-1', sessionKey: 'chat 42' };
const png = Buffer.from('89504e470d0a1a0a and pixels', 'latin1');
const pictureOf = (bytes: Buffer): KeptTurn['picture'] => ({
	sha256: createHash('sha256').update(bytes).digest('hex'),
	format: 'png',
	width: 1024,
	height: 1536,
});

function filesIn(folder: string): string[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => path.join(entry.parentPath, entry.name));
}

it('knows nothing of a session that is new', async () => {
	const { sessions } = open();
	expect(await sessions.turnsOf(name)).toEqual([]);
	expect(await sessions.turn('resp_1')).toBeUndefined();
});

it('gives back the turns of a session, in order, in another process’s eyes too', async () => {
	const { sessions, folder } = open();
	const first = keptTurn('resp_1');
	const second = keptTurn('resp_2', { askedFrom: 'resp_1', turn: 2, picture: pictureOf(png) });
	expect(await sessions.keep({ name, reset: false }, first)).toEqual([]);
	expect(await sessions.keep({ name, reset: false }, second, png)).toEqual([]);
	const later = openSessions({ folder });
	expect(await later.turnsOf(name)).toEqual([first, second]);
	expect(await later.turn('resp_2')).toEqual(second);
	expect(await later.pictureOf(second)).toEqual(png);
});

it('keeps workflows and keys apart', async () => {
	const { sessions } = open();
	await sessions.keep({ name, reset: false }, keptTurn('resp_1'));
	expect(await sessions.turnsOf({ ...name, workflowId: 'workflow-2' })).toEqual([]);
	expect(await sessions.turnsOf({ ...name, sessionKey: 'chat 42 ' })).toEqual([]);
	expect(await sessions.turnsOf({ ...name, sessionKey: 'Chat 42' })).toEqual([]);
	// The two parts cannot be shifted against each other.
	expect(sessionDigest({ workflowId: 'a', sessionKey: 'bc' })).not.toBe(
		sessionDigest({ workflowId: 'ab', sessionKey: 'c' }),
	);
});

it.each([
	'../../../../etc/cron.d/x',
	'..',
	'a/b',
	'C:\\x',
	'🦊 🍕',
	'nul\0',
	'x'.repeat(1000),
	'ключ',
])('takes the key %j like any other, and touches no other file', async (sessionKey) => {
	const { sessions, outer, folder } = open();
	const session = { name: { workflowId: '../w', sessionKey }, reset: false };
	await sessions.keep(session, keptTurn('resp_1', { picture: pictureOf(png) }), png);
	expect((await sessions.turnsOf(session.name)).map(({ responseId }) => responseId)).toEqual([
		'resp_1',
	]);
	expect(readdirSync(outer)).toEqual(['sessions']);
	const files = filesIn(folder).map((file) => path.relative(folder, file));
	expect(files.length).toBeGreaterThan(2);
	for (const file of files) {
		expect(file).toMatch(/^(?:keys|responses|pictures)\/[0-9a-f/]+[a-z.]*$|^pruned$/);
	}
});

it('writes no word of the conversation, for the owner only', async () => {
	const { sessions, folder } = open();
	const secret = { workflowId: 'w', sessionKey: 'anna@example.com' };
	await sessions.keep({ name: secret, reset: false }, keptTurn('resp_1'));
	for (const file of filesIn(folder)) {
		expect(readFileSync(file, 'utf8')).not.toContain('anna');
		expect(statSync(file).mode & 0o077).toBe(0);
	}
});

it('keeps the last 32 turns', async () => {
	const { sessions } = open();
	for (let i = 1; i <= 34; i++) {
		const askedFrom = i === 1 ? null : `resp_${i - 1}`;
		await sessions.keep({ name, reset: false }, keptTurn(`resp_${i}`, { askedFrom, turn: i }));
	}
	const turns = await sessions.turnsOf(name);
	expect(turns).toHaveLength(32);
	expect(turns.at(0)?.responseId).toBe('resp_3');
	expect(turns.at(-1)?.turn).toBe(34);
});

it('keeps a turn once, however often it is told', async () => {
	const { sessions } = open();
	const turn = keptTurn('resp_1');
	await sessions.keep({ name, reset: false }, turn);
	expect(await sessions.keep({ name, reset: false }, turn)).toEqual([]);
	expect(await sessions.turnsOf(name)).toEqual([turn]);
});

it('forgets a session after 30 days, and begins it anew', async () => {
	const { sessions } = open();
	const old = { ...name, sessionKey: 'an old chat' };
	const at = (days: number) => Date.now() - days * DAY;
	await sessions.keep({ name, reset: false }, keptTurn('resp_1', { at: at(29.9) }));
	await sessions.keep({ name: old, reset: false }, keptTurn('resp_2', { at: at(30.1) }));
	expect(await sessions.turnsOf(name)).toHaveLength(1);
	expect(await sessions.turn('resp_1')).toBeDefined();
	expect(await sessions.turnsOf(old)).toEqual([]);
	expect(await sessions.turn('resp_2')).toBeUndefined();
	// What was forgotten is no reason to warn of somebody else's answer.
	expect(await sessions.keep({ name: old, reset: false }, keptTurn('resp_9'))).toEqual([]);
	expect((await sessions.turnsOf(old)).at(-1)?.responseId).toBe('resp_9');
});

it('deletes what is older than 30 days from the disk', async () => {
	let now = Date.now();
	const { sessions, folder } = open({ now: () => now });
	const turn = keptTurn('resp_old', { picture: pictureOf(png) });
	await sessions.keep({ name, reset: false }, turn, png);
	const old = (now - 31 * DAY) / 1000;
	for (const kind of ['keys', 'pictures']) {
		for (const entry of readdirSync(path.join(folder, kind))) {
			utimesSync(path.join(folder, kind, entry), old, old);
		}
	}
	for (const bucket of readdirSync(path.join(folder, 'responses'))) {
		for (const file of readdirSync(path.join(folder, 'responses', bucket))) {
			utimesSync(path.join(folder, 'responses', bucket, file), old, old);
		}
	}
	now += 2 * 3_600_000;
	const other = { workflowId: 'w', sessionKey: 'another' };
	await sessions.keep({ name: other, reset: false }, keptTurn('resp_new', { at: now }));
	const left = filesIn(folder).filter((file) => !file.endsWith('pruned'));
	expect(left.map((file) => path.relative(folder, file).split(path.sep)[0]).sort()).toEqual([
		'keys',
		'responses',
	]);
});

it('deletes the oldest pictures when they are too many, not the sessions', async () => {
	let now = Date.now();
	const { sessions, folder } = open({ now: () => now, maxBytes: 2_500 });
	const bytes = [1, 2, 3].map((fill) => Buffer.alloc(1_000, fill));
	const turns: KeptTurn[] = [];
	for (const [index, picture] of bytes.entries()) {
		now += 2 * 3_600_000;
		const turn = keptTurn(`resp_${index}`, { picture: pictureOf(picture), at: now });
		turns.push(turn);
		await sessions.keep(undefined, turn, picture);
		const file = path.join(folder, 'pictures', `${turn.picture?.sha256}.png`);
		if (index < 2) utimesSync(file, index + 1, Date.now() / 1000 - 100 + index);
	}
	const [first, second, third] = turns;
	if (!first || !second || !third) throw new Error('No turns');
	expect(await sessions.pictureOf(first)).toBeUndefined();
	expect(await sessions.pictureOf(second)).toEqual(bytes[1]);
	expect(await sessions.pictureOf(third)).toEqual(bytes[2]);
	expect(await sessions.turn('resp_0')).toEqual(first);
});

it('does not hand out a picture that was changed on disk', async () => {
	const { sessions, folder } = open();
	const turn = keptTurn('resp_1', { picture: pictureOf(png) });
	await sessions.keep(undefined, turn, png);
	writeFileSync(path.join(folder, 'pictures', `${turn.picture?.sha256}.png`), 'something else');
	expect(await sessions.pictureOf(turn)).toBeUndefined();
});

it('does not begin a new conversation because the old one cannot be read', async () => {
	const { sessions, folder, outer } = open();
	await sessions.keep({ name, reset: false }, keptTurn('resp_1'));
	rmSync(path.join(folder, 'keys'), { recursive: true });
	writeFileSync(path.join(folder, 'keys'), 'a file in place of the folder');
	expect((await failureOf(sessions.turnsOf(name))).facts.code).toBe('storage_not_a_folder');
	expect(readdirSync(outer)).toEqual(['sessions']);
});

it('warns, and does not fail, when a paid turn cannot be kept', async () => {
	const { folder, sessions } = open();
	writeFileSync(folder, 'a file in place of the folder');
	expect(await sessions.keep({ name, reset: false }, keptTurn('resp_1'))).toEqual([
		expect.stringMatching(/^The conversation could not be kept.*a file is in its place/),
	]);
});

describe('two at the same time', () => {
	it('are answered one after the other in one process, in the order in which they came', async () => {
		const { sessions } = open();
		const done: string[] = [];
		const answer = (text: string, ms: number) =>
			sessions.inTurn(name, async () => {
				done.push(`${text} begins`);
				await new Promise((resolve) => setTimeout(resolve, ms));
				done.push(`${text} ends`);
			});
		await Promise.all([answer('first', 30), answer('second', 1), answer('third', 1)]);
		expect(done).toEqual([
			'first begins',
			'first ends',
			'second begins',
			'second ends',
			'third begins',
			'third ends',
		]);
	});

	it('do not wait for other sessions, nor for ever after a failure', async () => {
		const { sessions } = open();
		let free = (): void => undefined;
		const stuck = sessions.inTurn(name, () => new Promise<void>((resolve) => (free = resolve)));
		const other = { ...name, sessionKey: 'another' };
		expect(await sessions.inTurn(other, async () => 'through')).toBe('through');
		const failing = sessions.inTurn(name, () => Promise.reject(new Error('refused')));
		const after = sessions.inTurn(name, async () => 'after');
		free();
		await stuck;
		await expect(failing).rejects.toThrow('refused');
		expect(await after).toBe('after');
	});

	it('are not begun when the execution was stopped while they waited', async () => {
		const { sessions } = open();
		const stop = new AbortController();
		const first = sessions.inTurn(name, async () => stop.abort());
		const second = failureOf(sessions.inTurn(name, async () => 'sent', stop.signal));
		await first;
		expect((await second).facts).toMatchObject({ code: 'aborted', billed: 'no' });
	});

	it('warn when another process has answered meanwhile', async () => {
		const { sessions } = open();
		await sessions.keep({ name, reset: false }, keptTurn('resp_1'));
		const mine = keptTurn('resp_mine', { askedFrom: 'resp_1', turn: 2 });
		const theirs = keptTurn('resp_theirs', { askedFrom: 'resp_1', turn: 2 });
		expect(await sessions.keep({ name, reset: false }, theirs)).toEqual([]);
		expect(await sessions.keep({ name, reset: false }, mine)).toEqual([
			expect.stringContaining('Another execution answered in this session at the same time'),
		]);
		expect((await sessions.turnsOf(name)).at(-1)?.responseId).toBe('resp_mine');
		// A reset begins anew on purpose.
		expect(await sessions.keep({ name, reset: true }, keptTurn('resp_new'))).toEqual([]);
	});

	it('lose no turn when they are two processes', async () => {
		const { folder } = open();
		const child = async () =>
			await run(process.execPath, [
				'--import',
				'tsx',
				path.join(__dirname, 'sessions-child.ts'),
				folder,
				name.workflowId,
				name.sessionKey,
				'12',
			]);
		const [a, b] = await Promise.all([child(), child()]);
		const turns = await openSessions({ folder }).turnsOf(name);
		expect(turns).toHaveLength(24);
		expect(new Set(turns.map(({ responseId }) => responseId)).size).toBe(24);
		const warnings = [a, b].flatMap(({ stdout }) => JSON.parse(stdout) as string[]);
		const forks = turns.filter(
			({ askedFrom }, i) => askedFrom !== (turns[i - 1]?.responseId ?? null),
		);
		expect(warnings).toHaveLength(forks.length);
	});
});
