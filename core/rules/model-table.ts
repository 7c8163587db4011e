/** The table of models as it is on a day: each with the price that is in force then. */

import type { ChatModel, ImageModel, PriceRow, Row } from './model-types';
import { chatRows, imageRows } from './models';

interface ModelTable {
	readonly image: readonly ImageModel[];
	readonly chat: readonly ChatModel[];
}

/** Rows with all their prices. */
export interface ModelRows {
	readonly image: readonly Row<ImageModel>[];
	readonly chat: readonly Row<ChatModel>[];
}

/** The package's own rows. */
export const builtInRows: ModelRows = { image: imageRows, chat: chatRows };

const noPrice = (id: string): PriceRow<never> => ({
	name: `${id} (no known price)`,
	usdPerMillion: {},
	checked: '',
	source: '',
});

const isInForce = ({ from = '', until }: PriceRow<string>, day: string | undefined): boolean =>
	day === undefined || (from <= day && (until === undefined || day <= until));

/** The last price where several are in force. */
const priceOn = <Model extends ImageModel | ChatModel>(
	{ id, prices }: Row<Model>,
	day: string | undefined,
): Model['prices'] => prices.findLast((price) => isInForce(price, day)) ?? noPrice(id);

/**
 * @param day in UTC, `YYYY-MM-DD`; undefined for the newest prices
 * @returns each model with its price of the day, and with models in place of it that have not stopped
 */
export function tableOn(day: string | undefined, { image, chat }: ModelRows): ModelTable {
	const lasting = (id: string | undefined): string | undefined => {
		const row = image.find((one) => one.id === id);
		const hasStopped = day !== undefined && row?.until !== undefined && day > row.until;
		return hasStopped ? row.successor : id;
	};
	return {
		image: image.map((row) => ({
			...row,
			prices: priceOn(row, day),
			successor: lasting(row.successor),
			batchSuccessor: lasting(row.batchSuccessor),
			transparentFallback: lasting(row.transparentFallback),
		})),
		chat: chat.map((row) => ({ ...row, prices: priceOn(row, day) })),
	};
}

/** Whatever the day, for what is made when nothing runs: the editor's fields and the pages. */
export const { image: imageModels, chat: chatModels } = tableOn(undefined, builtInRows);

/** What a new node has. */
export const defaultImageModel = imageModels[0]?.id ?? '';
export const defaultChatModel = chatModels[0]?.id ?? '';

let current: ModelTable = { image: imageModels, chat: chatModels };

/** The table that is looked up from now on: the owner of the process may add rows to it. */
export function setModelTable(table: ModelTable): void {
	current = table;
}

export const modelTable = (): ModelTable => current;
