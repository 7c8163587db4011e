import type { JournalEntry } from '../openai-double';
import { accountFor, type Round } from './accounts';
import { cleanTask } from './plan';
import type { Delivery, RunReport } from './protocol';
import type { Entry } from './store-view';

/** The harness has to see what it is there for: histories made by hand, with known faults. */

const plan = {
	workflowId: 'w',
	operation: 'generate',
	prompts: ['mug'],
	count: 1,
	latencyMs: 0,
	rounds: 1,
	disk: 'good',
	hosts: 0,
} as const;

const call = (sha256: string, more: Partial<JournalEntry> = {}): JournalEntry => ({
	id: sha256,
	requestId: `req_${sha256}`,
	at: '2026-11-20T00:00:00Z',
	method: 'POST',
	path: '/v1/images/generations',
	url: '/v1/images/generations',
	model: 'gpt-image-2',
	apiKey: null,
	organization: null,
	project: null,
	body: { prompt: 'mug', n: 1 },
	status: 200,
	error: null,
	paid: 1,
	imageSha256: [sha256],
	fault: null,
	aborted: false,
	startedAt: 1_000,
	endedAt: 2_000,
	...more,
});

const delivery = (sha256: string, more: Partial<Delivery> = {}): Delivery => ({
	prompt: 'mug',
	sha256,
	reused: false,
	told: 0,
	unkept: false,
	...more,
});

const entry = (sha256: string, state: 'owed' | 'delivered'): Entry => ({
	purchase: sha256,
	key: 'key-of-mug',
	sha256,
	isOwed: state === 'owed',
	isHeld: false,
	file: '',
});

const report: RunReport = {
	executionId: '1',
	status: 'success',
	error: undefined,
	billed: [],
	open: 0,
};

const round = (more: Partial<Round>): Round => ({
	tasks: [{ ...cleanTask(plan), url: '', folder: '', executionId: '1' }],
	reports: [report],
	deliveries: [[]],
	brokenAt: undefined,
	isHasty: false,
	hadFullDisk: false,
	journal: [],
	before: [],
	after: [],
	damaged: [],
	...more,
});

test('an image that came whole and is nowhere is lost', () => {
	const account = accountFor([round({ journal: [call('a')] })]);
	expect(account).toMatchObject({ paid: 1, delivered: 0, lost: 1, paidTwice: 0 });
	expect(account.findings).toEqual(['round 0: LOST "mug" (no fault, paid 1, status 200) a']);
});

test('delivered, kept and damaged images are not lost', () => {
	const account = accountFor([
		round({
			journal: [call('a')],
			deliveries: [[delivery('a')]],
			after: [entry('a', 'delivered')],
		}),
		round({ journal: [call('b')], after: [entry('b', 'owed')] }),
		round({ journal: [call('c')], damaged: ['b'], after: [entry('c', 'owed')] }),
	]);
	expect(account).toMatchObject({ paid: 3, delivered: 1, kept: 1, setAside: 1, lost: 0 });
	expect(account.findings).toEqual([]);
});

test('an image that only came to a failed execution is lost, unless it waits or comes again', () => {
	const failed = (state: 'owed' | 'delivered') =>
		round({
			journal: [call('a')],
			deliveries: [[delivery('a')]],
			reports: [{ ...report, status: 'error' }],
			after: [entry('a', state)],
		});
	expect(accountFor([failed('delivered')])).toMatchObject({ delivered: 0, lost: 1 });
	expect(accountFor([failed('owed')])).toMatchObject({ delivered: 0, kept: 1, lost: 0 });
	const again = round({ deliveries: [[delivery('a')]], after: [entry('a', 'delivered')] });
	expect(accountFor([failed('owed'), again])).toMatchObject({ delivered: 1, kept: 0, lost: 0 });
});

test('an image that was bought although one was waiting is paid twice', () => {
	const rounds = [
		round({ journal: [call('a')], after: [entry('a', 'owed')] }),
		round({
			before: [entry('a', 'owed')],
			journal: [call('b')],
			deliveries: [[delivery('b')]],
			after: [entry('a', 'owed'), entry('b', 'delivered')],
		}),
	];
	expect(accountFor(rounds)).toMatchObject({ delivered: 1, kept: 1, lost: 0, paidTwice: 1 });
	const damaged = rounds.map((one, number) => (number === 1 ? { ...one, damaged: ['a'] } : one));
	expect(accountFor(damaged)).toMatchObject({ paidTwice: 0 });
});

test('an image that was bought twice in one run is paid twice', () => {
	const account = accountFor([
		round({
			journal: [call('a'), call('b')],
			deliveries: [[delivery('b')]],
			after: [entry('a', 'owed'), entry('b', 'delivered')],
		}),
	]);
	expect(account.paidTwice).toBe(1);
});

test('an answer that never came is uncertain when an item tells of it, else lost', () => {
	const cut = call('a', { fault: 'cut' });
	const told = [[delivery('b', { told: 1 })]];
	const untold = [[delivery('b', { told: 0 })]];
	const of = (deliveries: Delivery[][]) =>
		accountFor([
			round({ journal: [cut, call('b')], deliveries, after: [entry('b', 'delivered')] }),
		]);
	expect(of(told)).toMatchObject({ uncertain: 1, lost: 0, findings: [] });
	expect(of(untold)).toMatchObject({ uncertain: 1, lost: 1 });
});

test('only a run that was broken off may leave a call without its image', () => {
	const dead = { reports: [undefined], journal: [call('a', { endedAt: 9_500 })] };
	const again = round({
		journal: [call('b')],
		deliveries: [[delivery('b', { told: 1 })]],
		after: [entry('b', 'delivered')],
	});
	const brokenAt = (time: number) => accountFor([round({ ...dead, brokenAt: time }), again]);
	expect(brokenAt(10_000)).toMatchObject({ uncertain: 1, lost: 0 });
	expect(brokenAt(60_000)).toMatchObject({ uncertain: 0, lost: 1 });
});

test('bytes of nobody, images of others and images given to two runs are found', () => {
	const given = (deliveries: Delivery[][]) =>
		round({ journal: [call('a')], deliveries, after: [entry('a', 'delivered')] });
	expect(accountFor([given([[delivery('x'), delivery('a')]])]).findings).toEqual([
		'round 0: bytes that nobody made: mug',
	]);
	expect(accountFor([given([[delivery('a', { prompt: 'cup' })]])]).findings).toEqual([
		'round 0: "cup" got the image of "mug"',
	]);
	const twice = [given([[delivery('a')]]), { ...given([[delivery('a')]]), journal: [] }];
	expect(accountFor(twice).findings).toEqual(['delivered by 2 good executions: a']);
});

test('what was refused for good is not sent again', () => {
	const refused = call('a', {
		fault: 'moderation',
		error: 'moderation_blocked',
		status: 400,
		paid: 0,
		imageSha256: [],
	});
	const account = accountFor([
		round({
			journal: [refused, call('b')],
			deliveries: [[delivery('b')]],
			after: [entry('b', 'delivered')],
		}),
	]);
	expect(account.findings).toEqual(['round 0: "mug" was sent again after it was refused for good']);
});
