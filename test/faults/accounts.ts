import type { JournalEntry } from '../openai-double';
import type { Delivery, RunReport, RunTask } from './protocol';
import type { Entry } from './store-view';

/**
 * What became of every image that the local OpenAI billed. An image is
 *
 * - delivered: its very bytes came to the node behind ours, in an execution that did not fail;
 * - kept: it lies in the store and the next run will get it;
 * - set aside: the harness damaged it on disk, and it was not used;
 * - uncertain: its answer never came whole (the fault spoiled it, or the process was killed or out
 *   of time before it had it) and its failed item says so, or a later one by a warning;
 * - unkept: the disk was full, it could not be kept, and then its execution failed all the same;
 * - LOST: anything else. Also an uncertain one of which no item tells.
 *
 * An image is PAID TWICE when a run bought it although the store had one for the same request that
 * the run could have taken, or when a run got the same request whole more than once.
 */

/** One or two executions at the same time, and all that is known of them. */
export interface Round {
	readonly tasks: readonly RunTask[];
	/** undefined: its process was killed before it ended. */
	readonly reports: ReadonlyArray<RunReport | undefined>;
	readonly deliveries: ReadonlyArray<readonly Delivery[]>;
	/** When the first of its processes was dead, milliseconds since 1970. */
	readonly brokenAt: number | undefined;
	/** Calls were given so little time that a slow machine may run out of it. */
	readonly isHasty: boolean;
	readonly hadFullDisk: boolean;
	readonly journal: readonly JournalEntry[];
	/** The store before and after. */
	readonly before: readonly Entry[];
	readonly after: readonly Entry[];
	/** Images that the harness damaged before it. */
	readonly damaged: readonly string[];
}

export interface Account {
	readonly paid: number;
	readonly delivered: number;
	/** Of these, handed out of the store by a later run. */
	readonly handedOn: number;
	readonly kept: number;
	readonly setAside: number;
	readonly uncertain: number;
	readonly unkept: number;
	readonly lost: number;
	readonly paidTwice: number;
	/** One line for everything that should not be. */
	readonly findings: readonly string[];
}

/** Faults after which nobody can know whether the call was billed; free ones refuse it openly. */
const spoiling = /^(hang|cut|reset|empty|badbase64|html|500|moderation)$/;
const isFree = (entry: JournalEntry): boolean =>
	entry.paid === 0 && /moderation|429|503/.test(entry.fault ?? '');
const isSpoiled = (entry: JournalEntry): boolean =>
	(entry.fault ?? '').split('+').some((kind) => spoiling.test(kind)) && !isFree(entry);

/**
 * The server had sent everything that long before the process died: then it was not under way. A busy
 * machine takes a second to keep an image, and another to see that a process has died.
 */
const LONG_BEFORE_MS = 4_000;

function wasUnderWay(entry: JournalEntry, { brokenAt, isHasty }: Round): boolean {
	if (entry.aborted || isHasty) return true;
	return brokenAt !== undefined && (entry.endedAt ?? brokenAt) > brokenAt - LONG_BEFORE_MS;
}

/** Of a message only the JSON around it is known, when it was not even answered. */
const messageIn = (body: JournalEntry['body']): string =>
	/"text":"([^"]*)"/.exec(JSON.stringify(body?.input))?.[1] ?? '';
const promptOf = ({ body }: JournalEntry): string => String(body?.prompt ?? messageIn(body));
const imagesOf = ({ body }: JournalEntry): number => Number(body?.n ?? 1);

export function accountFor(rounds: readonly Round[]): Account {
	const findings: string[] = [];
	const last = rounds.at(-1);
	const kept = new Set(last?.after.filter(({ isOwed }) => isOwed).map(({ sha256 }) => sha256));
	const damaged = new Set(rounds.flatMap((round) => round.damaged));
	const made = new Set(
		rounds.flatMap(({ journal }) => journal.flatMap((call) => call.imageSha256)),
	);
	const isWhole = (sha256: string): boolean => made.has(sha256) && !damaged.has(sha256);
	const entryOf = new Map(
		rounds.flatMap(({ after }) => after.map((entry) => [entry.sha256, entry] as const)),
	);
	const delivered = deliveriesBySha(rounds, findings);
	const inVain = deliveredInVain(rounds);
	const counts = { paid: 0, kept: 0, setAside: 0, uncertain: 0, unkept: 0, lost: 0, paidTwice: 0 };
	/** Calls whose fate some item has to tell, by prompt. */
	const owed = new Map<string, string[]>();
	const owe = (round: number, entry: JournalEntry): void => {
		const what = `round ${round} ${describe(entry)}`;
		owed.set(promptOf(entry), [...(owed.get(promptOf(entry)) ?? []), what]);
	};

	for (const [number, round] of rounds.entries()) {
		const bought: string[] = [];
		for (const entry of round.journal) {
			counts.paid += entry.paid;
			const isLostAnswer = isSpoiled(entry);
			// A turn that was cut off can still be fetched by its ID.
			const found = entry.imageSha256.filter((sha256) => delivered.has(sha256) || kept.has(sha256));
			let isOwed = isLostAnswer && found.length < imagesOf(entry);
			// An image of which the server has no digest was not even made when the client went away.
			const unmade = entry.paid - entry.imageSha256.length;
			counts.uncertain += Math.max(0, unmade);
			isOwed ||= unmade > 0;
			for (const sha256 of entry.paid > 0 ? entry.imageSha256 : []) {
				if (delivered.has(sha256) || entryOf.has(sha256)) bought.push(sha256);
				if (delivered.has(sha256) && !inVain.has(sha256)) continue;
				if (kept.has(sha256)) counts.kept += 1;
				else if (damaged.has(sha256)) counts.setAside += 1;
				else if (isLostAnswer) counts.uncertain += 1;
				else if (wasUnderWay(entry, round) && !entryOf.has(sha256)) {
					counts.uncertain += 1;
					isOwed = true;
				} else if (round.hadFullDisk && round.reports.some((one) => one?.status !== 'success')) {
					counts.unkept += 1;
				} else {
					counts.lost += 1;
					const how = inVain.has(sha256) ? 'LOST with a failed execution' : 'LOST';
					findings.push(`round ${number}: ${how} ${describe(entry)} ${sha256.slice(0, 8)}`);
				}
			}
			if (isOwed) owe(number, entry);
		}
		for (const finding of boughtTwice(round, bought, entryOf, isWhole)) {
			counts.paidTwice += 1;
			findings.push(`round ${number}: PAID TWICE ${finding}`);
		}
		findings.push(...oddities(round).map((oddity) => `round ${number}: ${oddity}`));
	}

	const isTellable = !rounds.some((round) => round.hadFullDisk);
	for (const [prompt, calls] of owed) {
		// What a damaged image would have told went with it.
		if (promptsOf(rounds, damaged).has(prompt)) continue;
		const told = toldOf(rounds, prompt, entryOf);
		if (!isTellable || told >= calls.length) continue;
		counts.lost += calls.length - told;
		findings.push(`LOST without a word: "${prompt}", ${told} told of ${calls.join('; ')}`);
	}
	const handedOn = [...delivered.values()].filter((deliveries) =>
		deliveries.some(({ reused }) => reused),
	).length;
	return { ...counts, delivered: delivered.size - inVain.size, handedOn, findings };
}

const promptsOf = (rounds: readonly Round[], images: ReadonlySet<string>): Set<string> =>
	new Set(
		rounds
			.flatMap(({ journal }) => journal)
			.filter(({ imageSha256 }) => imageSha256.some((sha256) => images.has(sha256)))
			.map(promptOf),
	);

const describe = (entry: JournalEntry): string =>
	`"${promptOf(entry)}" (${entry.fault ?? 'no fault'}, paid ${entry.paid}, status ${entry.status}${entry.aborted ? ', aborted' : ''})`;

function deliveriesBySha(
	rounds: readonly Round[],
	findings: string[],
): Map<string, readonly Delivery[]> {
	const promptsBySha = new Map(
		rounds.flatMap(({ journal }) =>
			journal.flatMap((entry) => entry.imageSha256.map((sha) => [sha, promptOf(entry)] as const)),
		),
	);
	const bySha = new Map<string, Delivery[]>();
	const successes = new Map<string, number>();
	for (const [number, { tasks, deliveries, reports }] of rounds.entries()) {
		for (const [which, its] of deliveries.entries()) {
			for (const delivery of its) {
				const { sha256, prompt } = delivery;
				const paidFor = promptsBySha.get(sha256);
				if (paidFor === undefined)
					findings.push(`round ${number}: bytes that nobody made: ${prompt}`);
				else if (paidFor !== prompt)
					findings.push(`round ${number}: "${prompt}" got the image of "${paidFor}"`);
				bySha.set(sha256, [...(bySha.get(sha256) ?? []), delivery]);
				// Stopped in the moment it ended, it may be called a success and leave its images.
				const mayBeStopped = tasks[which]?.cancelAfterMs !== undefined;
				if (reports[which]?.status === 'success' && !mayBeStopped)
					successes.set(sha256, (successes.get(sha256) ?? 0) + 1);
			}
		}
	}
	for (const [sha256, times] of successes) {
		if (times > 1) findings.push(`delivered by ${times} good executions: ${sha256.slice(0, 8)}`);
	}
	return bySha;
}

/** Images that only came to executions which failed or were stopped afterwards. */
function deliveredInVain(rounds: readonly Round[]): ReadonlySet<string> {
	const inVain = new Set<string>();
	const well = new Set<string>();
	for (const { deliveries, reports } of rounds) {
		for (const [which, its] of deliveries.entries()) {
			// A process that was killed may have ended its execution before.
			const failed = /^(error|canceled)$/.test(reports[which]?.status ?? '');
			for (const { sha256 } of its) (failed ? inVain : well).add(sha256);
		}
	}
	return new Set([...inVain].filter((sha256) => !well.has(sha256)));
}

const purchasesOf = (entries: readonly Entry[], key: string): Set<string> =>
	new Set(entries.filter((entry) => entry.key === key).map(({ purchase }) => purchase));

function boughtTwice(
	round: Round,
	bought: readonly string[],
	entryOf: ReadonlyMap<string, Entry>,
	isWhole: (sha256: string) => boolean,
): string[] {
	// What could not be written down cannot be found again.
	if (round.hadFullDisk) return [];
	const findings: string[] = [];
	const entries = bought.flatMap((sha256) => entryOf.get(sha256) ?? []);
	for (const key of new Set(entries.map((entry) => entry.key))) {
		const times = purchasesOf(entries, key).size;
		// What only one host has, as the database was away, is found by its own executions.
		const isFound = ({ isOwed, host }: Entry): boolean =>
			isOwed && round.tasks.every((task) => host === undefined || task.host?.name === host);
		const before = round.before.filter(isFound);
		const damaged = before.filter(({ sha256 }) => !isWhole(sha256));
		const available = purchasesOf(before, key).size - purchasesOf(damaged, key).size;
		const allowed = Math.max(0, round.tasks.length - available);
		if (times > allowed) {
			findings.push(
				`${key.slice(0, 8)}: ${times} bought by ${round.tasks.length} executions, ${available} were there`,
			);
		}
	}
	return findings;
}

/** How many calls that may have been billed the items of a prompt tell of. */
function toldOf(
	rounds: readonly Round[],
	prompt: string,
	entryOf: ReadonlyMap<string, Entry>,
): number {
	const byPurchase = new Map<string, number>();
	for (const { deliveries } of rounds)
		for (const { sha256, told, prompt: its } of deliveries.flat())
			if (its === prompt) {
				const purchase = entryOf.get(sha256)?.purchase ?? sha256;
				byPurchase.set(purchase, Math.max(byPurchase.get(purchase) ?? 0, told));
			}
	const failed = rounds.flatMap(({ reports }) => reports.flatMap((one) => one?.billed ?? []));
	const told = [...byPurchase.values()].reduce((sum, times) => sum + times, 0);
	return told + failed.filter((one) => one === prompt).length;
}

/** Rules that hold for each round by itself. */
function oddities(round: Round): string[] {
	const found: string[] = [];
	for (const { isHeld, purchase } of round.after)
		if (isHeld) found.push(`${purchase} is held after its execution`);
	const [task] = round.tasks;
	if (round.tasks.length !== 1 || !task) return found;
	for (const prompt of task.prompts) {
		const calls = round.journal.filter((entry) => promptOf(entry) === prompt);
		const refused = calls.findIndex(({ error }) => error === 'moderation_blocked');
		if (refused >= 0 && refused < calls.length - 1)
			found.push(`"${prompt}" was sent again after it was refused for good`);
		const uncertain = calls.filter(isSpoiled).length;
		const most = (task.calls.retryLost ? 2 : 1) * task.tries;
		if (uncertain > most) found.push(`"${prompt}": ${uncertain} uncertain calls, at most ${most}`);
	}
	return found;
}
