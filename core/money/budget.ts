import { asFailure, GptImageError, invalidParameter } from '../errors';
import { DaySpend } from './day-spend';
import { fromUsd, type Money, toUsd } from './money';

/** Display names of the two limits, for the editor and for messages. */
export const limitNames = {
	maxCostPerRun: 'Max Cost per Run (USD)',
	maxCostPerDay: 'Max Cost per Day (USD)',
} as const;
type LimitName = keyof typeof limitNames;

/**
 * @param value what the user typed, or an expression gave; empty and 0 mean no limit
 * @param param the parameter's name
 * @param name its display name
 * @returns USD, or undefined for no limit
 * @throws invalid_parameter when it is negative or not a number
 */
export function readLimit(value: unknown, param: string, name: string): number | undefined {
	if (value === undefined || value === null || value === '') return undefined;
	const usd = typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
	// Money holds whole units of 1e-10 USD; no budget comes near the end of that.
	if (!Number.isFinite(usd) || usd < 0 || !Number.isSafeInteger(fromUsd(usd))) {
		throw invalidParameter(
			param,
			`'${name}' is ${typeof value === 'string' ? `"${value}"` : String(value)}`,
			'Give an amount in USD, e.g. 2.50; 0 means no limit.',
		);
	}
	return usd === 0 ? undefined : usd;
}

/** A call that may be made. End it exactly once, by one of the two. */
export interface Reservation {
	/** What is reserved. */
	readonly usd: number;
	/**
	 * @param usd what the call has cost; null (not known) counts as what was reserved
	 * @returns a warning when the day's sum could not be kept on disk
	 */
	settle(usd: number | null): Promise<string | undefined>;
	/** The call was not made, or is not billed. */
	release(): Promise<string | undefined>;
}

export interface Budget {
	/**
	 * Reserves the most that a call may cost, before it is made. When only other calls of this run
	 * that are still under way stand against it, it waits for them: they may turn out cheaper. So
	 * whoever holds a reservation must end it before asking for another.
	 * @param upperUsd the upper estimate; null when none is known
	 * @param leastUsd a smaller amount that will do, where the larger one does not fit at once
	 * @throws GptImageError `budget_exceeded`; `price_unknown` when there is a limit but no upper
	 * estimate; `budget_unavailable` when the day's sum cannot be kept on disk
	 */
	reserve(upperUsd: number | null, leastUsd?: number | null): Promise<Reservation>;
	/** USD that this run has spent so far. */
	readonly spentUsd: number;
}

export interface BudgetOptions {
	/** USD; undefined for no limit. See {@link readLimit}. */
	readonly maxCostPerRun?: number;
	readonly maxCostPerDay?: number;
	/** Folder of the day's sums; may be shared by several processes. */
	readonly folder: string;
	/** Names the credential; only its digest is written to disk. */
	readonly key: string;
	/** Milliseconds since 1970. */
	readonly now?: () => number;
}

interface Sum {
	readonly spent: Money;
	readonly held: Money;
}

const dollars = (money: Money): string => {
	const usd = toUsd(money);
	return `$${usd.toFixed(usd > 0 && usd < 1 ? 4 : 2)}`;
};

function exceeded(name: LimitName, limit: Money, upper: Money, { spent, held }: Sum) {
	const label = limitNames[name];
	const underWay = held > 0 ? ` and ${dollars(held)} reserved for calls under way` : '';
	return new GptImageError(
		`This call may cost up to ${dollars(upper)}, which would pass '${label}' ${dollars(limit)}: ` +
			`${dollars(spent)} spent${underWay}`,
		{
			code: 'budget_exceeded',
			advice: `Nothing was sent. Raise '${label}', or choose a lower quality or a smaller size.`,
			param: name,
			retryable: false,
			billed: 'no',
		},
	);
}

const priceUnknown = (name: LimitName) =>
	new GptImageError(
		`'${limitNames[name]}' is set, but what this call may cost at most is not known`,
		{
			code: 'price_unknown',
			advice: `Nothing was sent. Choose a model with known prices, or remove '${limitNames[name]}'.`,
			param: name,
			retryable: false,
			billed: 'no',
		},
	);

function unavailable(error: unknown): GptImageError {
	const why = error instanceof Error ? error.message : String(error);
	return new GptImageError(
		`'${limitNames.maxCostPerDay}' is set, but the sum of the day cannot be kept: ${why}`,
		{
			code: 'budget_unavailable',
			advice: `Nothing was sent. ${error instanceof GptImageError ? error.facts.advice : 'Check the disk.'}`,
			param: 'maxCostPerDay',
			retryable: false,
			billed: 'no',
			cause: error,
		},
	);
}

/**
 * Guards the money of one run of the node.
 * @param options limits in USD, and where the day's sum is kept
 */
export function openBudget(options: BudgetOptions): Budget {
	const perRun = options.maxCostPerRun === undefined ? undefined : fromUsd(options.maxCostPerRun);
	const perDay = options.maxCostPerDay === undefined ? undefined : fromUsd(options.maxCostPerDay);
	const days = new DaySpend(options.folder, options.key, options.now ?? Date.now);
	let run: Sum = { spent: 0, held: 0 };
	let underWay = 0;
	let ended = 0;
	let waiting: (() => void)[] = [];
	let turn: Promise<unknown> = Promise.resolve();

	const end = (held: Money, spent: Money) => {
		run = { spent: run.spent + spent, held: run.held - held };
		underWay -= 1;
		ended += 1;
		const resumed = waiting;
		waiting = [];
		for (const resume of resumed) resume();
	};

	/**
	 * A reservation, or why not; `final` when the end of other calls would change nothing. Attempts
	 * take turns, so that each sees the sums as the one before left them. Never rejects.
	 */
	async function attempt(
		upper: Money,
	): Promise<Reservation | { readonly error: GptImageError; readonly final: boolean }> {
		if (perRun !== undefined && run.spent + run.held + upper > perRun) {
			return {
				error: exceeded('maxCostPerRun', perRun, upper, run),
				final: run.spent + upper > perRun,
			};
		}
		if (perDay === undefined) return reservation(upper, undefined);
		const answer = await days.reserve(upper, perDay).catch((error: unknown) => unavailable(error));
		if (answer instanceof GptImageError) return { error: answer, final: true };
		if (answer.ok) return reservation(upper, answer);
		return {
			error: exceeded('maxCostPerDay', perDay, upper, answer),
			final: answer.spent + upper > perDay,
		};
	}

	function reservation(
		upper: Money,
		inDay: { readonly day: string; readonly id: string } | undefined,
	): Reservation {
		run = { ...run, held: run.held + upper };
		underWay += 1;
		async function close(spent: Money): Promise<string | undefined> {
			try {
				if (inDay) await days.settle(inDay.day, inDay.id, spent);
				return undefined;
			} catch (error) {
				const why = error instanceof Error ? error.message : String(error);
				return `The sum for '${limitNames.maxCostPerDay}' could not be kept: ${why}`;
			} finally {
				end(upper, spent);
			}
		}
		return {
			usd: toUsd(upper),
			settle: async (usd) => await close(usd === null ? upper : fromUsd(usd)),
			release: async () => await close(0),
		};
	}

	return {
		get spentUsd() {
			return toUsd(run.spent);
		},
		async reserve(upperUsd, leastUsd = upperUsd) {
			if (upperUsd === null || leastUsd === null) {
				if (perRun !== undefined) throw priceUnknown('maxCostPerRun');
				if (perDay !== undefined) throw priceUnknown('maxCostPerDay');
			}
			const upper = fromUsd(upperUsd ?? 0);
			const least = fromUsd(leastUsd ?? 0);
			for (;;) {
				const before = ended;
				const mine = turn.then(async () => {
					const answer = await attempt(upper);
					return 'error' in answer && least < upper ? await attempt(least) : answer;
				});
				turn = mine;
				const answer = await mine;
				if (!('error' in answer)) return answer;
				const mayFitNow = ended !== before;
				if (answer.final || (underWay === 0 && !mayFitNow)) throw answer.error;
				if (!mayFitNow) await new Promise<void>((resume) => waiting.push(resume));
			}
		},
	};
}

/**
 * @returns the same budget, except that after the first call that did not fit no other may be made,
 * not even a cheaper one
 */
export function stopAtLimit(budget: Budget): Budget {
	let refusal: GptImageError | undefined;
	return {
		get spentUsd() {
			return budget.spentUsd;
		},
		async reserve(upperUsd, leastUsd) {
			if (refusal) throw refusal;
			return await budget.reserve(upperUsd, leastUsd).catch((error: unknown) => {
				refusal = asFailure(error);
				throw refusal;
			});
		},
	};
}
