/** Which models are available on a day. Days are UTC and written `YYYY-MM-DD`, so that they compare as text. */

export interface Calendar {
	readonly today: string;
	/** Whether OpenAI itself answers: elsewhere its last days are a warning and no refusal. */
	readonly isOpenAI: boolean;
	/** Last days by `GET /models`, by model ID. They take precedence over the table's, as OpenAI moves its dates. */
	readonly stops: ReadonlyMap<string, string>;
	/** The models that the account's own names stand for; undefined where it has none. */
	readonly deployments?: ReadonlyMap<string, string>;
}

export interface ModelDates {
	readonly from?: string;
	/** The day OpenAI names for the shutdown. The model can be used on it: it begins at 00:00 UTC. */
	readonly until?: string;
}

/** `stopping`: the last day is near. `stopped`: the last day is over. */
type ModelStatus = 'upcoming' | 'live' | 'stopping' | 'stopped';

/** OpenAI's notice for an image model is at least three months (deprecations page, 2026-10-27). */
const noticeDays = 90;
const dayMs = 24 * 60 * 60 * 1000;

/** @returns the day of an instant in UTC */
export const utcDay = (instant: Date): string => instant.toISOString().slice(0, 10);

/** @returns the table's calendar, for when the API cannot or need not be asked */
export const tableCalendar = (today: string): Calendar => ({
	today,
	isOpenAI: true,
	stops: new Map(),
});

/** @returns a calendar for what is not sent, so that nobody refuses a model after its last day */
export const anyCalendar = (today: string): Calendar => ({
	...tableCalendar(today),
	isOpenAI: false,
});

/** @param today day in UTC */
export function modelStatus({ from, until }: ModelDates, today: string): ModelStatus {
	if (from !== undefined && today < from) return 'upcoming';
	if (until === undefined) return 'live';
	if (today > until) return 'stopped';
	return Date.parse(until) - Date.parse(today) <= noticeDays * dayMs ? 'stopping' : 'live';
}

/** @returns a model's or snapshot's dates, with the last day that the API names where it names one */
export function datesOf(
	id: string,
	row: ModelDates & { readonly id: string },
	{ stops }: Calendar,
): ModelDates {
	return { from: row.from, until: stops.get(id) ?? stops.get(row.id) ?? row.until };
}
