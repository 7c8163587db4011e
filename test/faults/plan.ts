import type { Fault } from '../openai-double';
import type { Weather } from '../services/tcp-proxy';
import type { OnError, RunTask } from './protocol';
import type { Random } from './random';

/** What a series of runs is like, and what goes wrong in each: drawn by chance, from a seed. */

export interface SeriesPlan {
	readonly workflowId: string;
	readonly operation: RunTask['operation'];
	readonly prompts: readonly string[];
	readonly count: number;
	readonly latencyMs: number;
	readonly rounds: number;
	readonly disk: 'good' | 'fills';
	/** Machines that share a database; 0: one folder on this one. */
	readonly hosts: number;
}

/** What happens to a host's network, or to the database of all. */
export interface Trouble {
	readonly kind: Exclude<Weather, 'pass'> | 'databaseCrash';
	readonly host: number;
	readonly afterMs: number;
	readonly forMs: number;
}

/** How one execution is broken off, if it is. */
export interface Break {
	readonly killAfterMs?: number;
	readonly killAtStep?: number;
	readonly cancelAfterMs?: number;
}

export interface RoundPlan {
	readonly tasks: ReadonlyArray<Omit<RunTask, 'url' | 'folder' | 'executionId'> & Break>;
	readonly faults: readonly Fault[];
	readonly storm: { readonly probability: number; readonly seed: number } | undefined;
	readonly isHasty: boolean;
	readonly damages: boolean;
	readonly troubles: readonly Trouble[];
	/** Room that is left on a disk that fills, in KiB. */
	readonly roomKb: number | undefined;
}

const LONGEST_SLOWNESS = 300;

export function planSeries(
	random: Random,
	number: number,
	mayMount: boolean,
	hosts: number,
): SeriesPlan {
	const items = random.between(3, 14);
	const operation = random.pick({ generate: 60, edit: 20, send: 20 });
	const disk = random.pick({ good: 80, fills: mayMount ? 20 : 0 });
	return {
		workflowId: `series-${number}`,
		operation,
		prompts: Array.from({ length: items }, (_, index) => `mug ${number}-${index}.`),
		count: operation === 'send' || random.chance(0.75) ? 1 : random.between(2, 3),
		latencyMs: random.between(0, 60),
		rounds: random.between(3, 7),
		disk,
		hosts,
	};
}

function planFaults(random: Random, prompt: string, calmly: boolean): Fault[] {
	const faults = Array.from({ length: random.between(1, 3) }, () =>
		planFault(random, prompt, calmly),
	);
	// A second refusal for being too fast slows all lanes down for a minute, as it should.
	const [first, ...more] = faults.filter(({ kind }) => kind === '429' || kind === '503');
	const others = faults.filter((fault) => fault !== first && !more.includes(fault));
	return first ? [first, ...others] : others;
}

function planFault(random: Random, prompt: string, calmly: boolean): Fault {
	const kind = random.pick({
		'429': 14,
		'500': 18,
		'503': 10,
		cut: 16,
		reset: 10,
		hang: calmly ? 0 : 6,
		slow: 6,
		html: 7,
		empty: 4,
		badbase64: 4,
		moderation: 5,
		quota: 2,
		error: 2,
	});
	const mayBeBilled = kind === '500' || kind === 'reset' || kind === 'html';
	return {
		kind,
		times: 1,
		match: { promptIncludes: prompt },
		...(kind === '429' || kind === '503' ? { retryAfter: 0 } : {}),
		...(kind === 'slow' ? { ms: random.between(20, LONGEST_SLOWNESS) } : {}),
		...(kind === 'html' && random.chance(0.3) ? { status: 200 } : {}),
		...(kind === 'moderation' && random.chance(0.4) ? { stage: 'output' } : {}),
		...(mayBeBilled && random.chance(0.4) ? { billed: true } : {}),
	};
}

function planBreak(random: Random, plan: SeriesPlan): Break {
	// So many steps, of files and of the store's thread, go with an image.
	const steps = plan.prompts.length * plan.count * 20;
	const span = 150 + plan.prompts.length * (plan.latencyMs / 2 + 15);
	const how = random.pick({ ends: 45, dies: 25, diesAtStep: 22, stops: 8 });
	return {
		killAfterMs: how === 'dies' ? random.between(0, span) : undefined,
		killAtStep: how === 'diesAtStep' ? random.between(1, steps) : undefined,
		cancelAfterMs: how === 'stops' ? random.between(0, span) : undefined,
	};
}

function planTroubles(random: Random, plan: SeriesPlan): Trouble[] {
	const span = 150 + plan.prompts.length * (plan.latencyMs / 2 + 15);
	return Array.from({ length: random.between(0, 2) }, () => ({
		kind: random.pick({ cut: 30, slow: 20, deafAfterCommit: 30, blackHole: 5, databaseCrash: 15 }),
		host: random.between(0, plan.hosts - 1),
		afterMs: random.between(0, span),
		forMs: random.between(20, 1_500),
	}));
}

export function planRound(random: Random, plan: SeriesPlan): RoundPlan {
	const isHasty = random.chance(0.15);
	const faults = plan.prompts
		.filter(() => random.chance(0.4))
		.flatMap((prompt) => planFaults(random, prompt, !isHasty));
	const settings = {
		workflowId: plan.workflowId,
		operation: plan.operation,
		prompts: plan.prompts,
		count: plan.count,
		onError: random.pick<OnError>({
			stopWorkflow: 40,
			continueRegularOutput: 30,
			continueErrorOutput: 30,
		}),
		tries: random.chance(0.6) ? 1 : random.between(2, 3),
		calls: {
			maxParallel: random.between(1, 8),
			timeoutSeconds: isHasty ? 1 : 60,
			maxRetries: random.between(1, 4),
			retryLost: random.chance(0.7),
		},
		binaryMode: random.chance(0.5) ? 'memory' : 'filesystem',
	} as const;
	const executions = random.chance(0.25) ? 2 : 1;
	const round = {
		tasks: Array.from({ length: executions }, () => ({
			...settings,
			laterNodeFails: random.chance(0.2),
			...planBreak(random, plan),
		})),
		faults,
		storm: random.chance(0.02)
			? { probability: 0.3, seed: random.between(1, 1_000_000) }
			: undefined,
		isHasty,
		damages: random.chance(0.1),
		roomKb: plan.disk === 'fills' && random.chance(0.6) ? random.between(0, 160) : undefined,
	};
	return { ...round, troubles: plan.hosts > 0 ? planTroubles(random, plan) : [] };
}

/** After all trouble: the same workflow once more, with nothing in its way. */
export const cleanTask = (
	plan: SeriesPlan,
): Omit<RunTask, 'url' | 'folder' | 'executionId'> & Break => ({
	workflowId: plan.workflowId,
	operation: plan.operation,
	prompts: plan.prompts,
	count: plan.count,
	onError: 'stopWorkflow',
	tries: 1,
	calls: { maxParallel: 4, timeoutSeconds: 60, maxRetries: 2, retryLost: true },
	binaryMode: 'filesystem',
	laterNodeFails: false,
});
