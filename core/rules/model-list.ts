/** The models that the node offers, narrowed to what a key can use. */

import { datesOf, modelStatus, type Calendar, type ModelDates } from './calendar';
import { findChatModel, findImageModel } from './model';
import { modelTable } from './model-table';

/** A model as `GET /models` lists it. */
export interface ListedModel {
	readonly id: string;
	/** Seconds since 1970 or a date, where the API gives one. */
	readonly shutdownDate: unknown;
}

export interface ModelChoice {
	readonly id: string;
	/** What to know before it is chosen; may be empty. */
	readonly note: string;
	readonly summary: string;
}

/** @returns undefined for what is no day of this millennium: 0 stands for none, and days compare as text */
function dayOf(date: unknown): string | undefined {
	if (typeof date !== 'number' && typeof date !== 'string') return undefined;
	const day = new Date(typeof date === 'number' ? date * 1000 : date).toJSON();
	return /^2\d{3}-\d\d-\d\d/.exec(day ?? '')?.[0];
}

/** @returns the last day of each model of which the API names one */
export function stopsOf(listed: readonly ListedModel[]): Map<string, string> {
	return new Map(
		listed.flatMap(({ id, shutdownDate }) => {
			const day = dayOf(shutdownDate);
			return day === undefined ? [] : [[id, day] as const];
		}),
	);
}

/**
 * Whether to offer a model: it is released and not retired. A model that another service lists can
 * be used there, whatever OpenAI's dates are.
 */
function isOffered(dates: ModelDates, isListed: boolean, { today, isOpenAI }: Calendar): boolean {
	const status = modelStatus(dates, today);
	if (status === 'upcoming') return isListed;
	return status !== 'stopped' || (isListed && !isOpenAI);
}

/**
 * Models to choose from: the account's deployments, then the table's in its order, then image models
 * that only the API knows.
 * @param listed what the key can use; undefined when the API could not be asked. The API's list has
 *   lagged behind at launches (2026-09-09), so live models of the table stay in it, marked
 * @param calendar with `stops` made of the same list
 */
export function modelChoices(
	listed: readonly ListedModel[] | undefined,
	calendar: Calendar,
): ModelChoice[] {
	const own = [...(calendar.deployments ?? [])]
		.filter(([, model]) => !findChatModel(model))
		.map(([id, model]) => ({ id, note: model, summary: '' }));
	// Of models that nobody lists, the account's own names are all that is known.
	if (own.length > 0 && !listed) return own;
	const known = modelTable().image.flatMap((row) => {
		const entry = listed?.find(({ id }) => id === row.id || row.snapshots.includes(id));
		const dates = datesOf(entry?.id ?? row.id, row, calendar);
		const isListed = entry !== undefined && !row.otherApi;
		if (!isOffered(dates, isListed, calendar)) return [];
		const note = listed && !entry ? 'not listed for this key' : stopNote(dates, calendar);
		return [{ id: row.id, note: note ?? '', summary: row.summary }];
	});
	const others = (listed ?? []).flatMap(({ id }) => {
		if (!/image/i.test(id) || findImageModel(id) || calendar.deployments?.has(id)) return [];
		const dates = datesOf(id, { id }, calendar);
		if (!isOffered(dates, true, calendar)) return [];
		return [{ id, note: stopNote(dates, calendar) ?? 'not in this node’s table', summary: '' }];
	});
	return [...own, ...known, ...others];
}

/** Empty for a date in the past: the service that lists the model has dates of its own. */
function stopNote({ until }: ModelDates, { today }: Calendar): string | undefined {
	return until === undefined || until < today ? undefined : `stops on ${until}`;
}

const usd = (amount: number): string => `$${amount.toFixed(amount < 0.1 ? 3 : 2)}`;

/**
 * Mainline models to choose from, with their prices per million tokens. Only the table's: the API
 * lists hundreds of models and does not tell which of them can call the image tool.
 */
export function chatModelChoices(
	listed: readonly ListedModel[] | undefined,
	calendar: Calendar,
): ModelChoice[] {
	return modelTable().chat.flatMap((row) => {
		const { id, aliases, prices } = row;
		const { input, output } = prices.usdPerMillion;
		const isListed = listed?.some((entry) => entry.id === id || aliases.includes(entry.id));
		const dates = datesOf(id, row, calendar);
		if (!isOffered(dates, isListed === true, calendar)) return [];
		const notes = [
			input === undefined || output === undefined
				? 'price unknown'
				: `${usd(input)} in, ${usd(output)} out per million tokens`,
			stopNote(dates, calendar),
			isListed === false ? 'not listed for this key' : undefined,
		];
		return [{ id, note: notes.filter((note) => note !== undefined).join('; '), summary: '' }];
	});
}
