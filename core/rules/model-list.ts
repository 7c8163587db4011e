import { findImageModel } from './find';
import { chatModels, imageModels } from './models';

/** A model as `GET /models` lists it. */
export interface ListedModel {
	readonly id: string;
	/** Seconds since 1970 or a date, where the API gives one. */
	readonly shutdownDate: unknown;
}

export interface ModelChoice {
	readonly id: string;
	readonly note: string;
}

function dayOf(date: unknown): string | undefined {
	const time =
		typeof date === 'number' ? date * 1000 : typeof date === 'string' ? Date.parse(date) : NaN;
	return Number.isFinite(time) ? new Date(time).toISOString().slice(0, 10) : undefined;
}

/**
 * Models to choose from, in the table's order.
 * @param listed what the key can use; undefined when the API could not be asked. The API's list has
 *   lagged behind at launches (2026-09-09), so live models of the table stay in it, marked.
 * @returns live and stopping models of the table, then image models that only the API knows
 */
export function modelChoices(listed: readonly ListedModel[] | undefined): ModelChoice[] {
	const known = imageModels
		.filter((row) => row.status !== 'retired')
		.map((row) => {
			const entry = listed?.find(({ id }) => id === row.id || row.snapshots.includes(id));
			const stops = dayOf(entry?.shutdownDate);
			const unlisted = listed && !entry ? 'not listed for this key' : undefined;
			return { id: row.id, note: unlisted ?? (stops ? `stops on ${stops}` : row.summary) };
		});
	const others = (listed ?? [])
		.filter(({ id }) => /image/i.test(id) && !findImageModel(id))
		.map(({ id, shutdownDate }) => {
			const stops = dayOf(shutdownDate);
			return { id, note: stops ? `stops on ${stops}` : 'not in this node’s table' };
		});
	return [...known, ...others];
}

const usd = (amount: number): string => `$${amount.toFixed(amount < 0.1 ? 3 : 2)}`;

/**
 * Mainline models to choose from, with their prices per million tokens. Only the table's: the API
 * lists hundreds of models and does not tell which of them can call the image tool.
 * @param listed what the key can use; undefined when the API could not be asked
 */
export function chatModelChoices(listed: readonly ListedModel[] | undefined): ModelChoice[] {
	return chatModels.map(({ id, aliases, input, output, stopsOn }) => {
		const isListed = listed?.some((entry) => entry.id === id || aliases.includes(entry.id));
		const notes = [
			`${usd(input)} in, ${usd(output)} out per million tokens`,
			...(stopsOn === undefined ? [] : [`stops on ${stopsOn}`]),
			...(isListed === false ? ['not listed for this key'] : []),
		];
		return { id, note: notes.join('; ') };
	});
}
