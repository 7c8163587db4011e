/** When an image is made: now, within a day at half the price, or in the background. */

import { invalidParameter } from '../errors';
import { labels } from './labels';
import { imageModels } from './model-table';
import { checkEnum } from './parameters';
import type { ImageRequest } from './request-types';

/** Models to choose instead: those that take batches and have no last day. */
const takers = imageModels.filter(({ batches, until }) => batches && until === undefined);

/** Requests of one batch (Batch guide). */
export const mostBatchLines = 50_000;

const by = 'This operation';

/**
 * @param request an ID that the table does not know may take batches
 * @throws invalid_parameter for a model that OpenAI does not take in batches
 */
export function checkDelivery(
	value: unknown,
	{ model, row }: Pick<ImageRequest, 'model' | 'row'>,
): 'now' | 'batch' {
	const delivery = checkEnum('delivery', value, 'now', { by, values: ['now', 'batch'] });
	if (delivery === 'batch' && row?.batches === false) {
		throw invalidParameter(
			'delivery',
			`OpenAI does not support ${model} in batches`,
			`Choose 'Now' in '${labels.delivery}', or ${takers.map(({ id }) => id).join(', ')} in '${labels.model}'.`,
		);
	}
	return delivery;
}

/** @param value the parameter Delivery of Send, untrusted */
export const checkTurnDelivery = (value: unknown): 'now' | 'background' =>
	checkEnum('delivery', value, 'now', { by, values: ['now', 'background'] });

/**
 * Checks what an order cannot have, before anything is uploaded.
 * @param others what else the row asks for
 * @throws invalid_parameter naming the option
 */
export function checkOrder(
	{ partialImages }: Pick<ImageRequest, 'partialImages'>,
	others: Readonly<Partial<Record<'markupField' | 'fallback' | 'fallbackField', boolean>>>,
): void {
	const refused = (['markupField', 'fallback', 'fallbackField'] as const).find(
		(one) => others[one],
	);
	const param = partialImages > 0 ? 'partialImages' : refused;
	if (!param) return;
	throw invalidParameter(
		param,
		`'${labels[param]}' cannot be used with an order for later`,
		`Remove the option, or set '${labels.delivery}' to 'Now'.`,
	);
}

/** What is known of an order at the service. */
export interface OrderState {
	readonly remote: string;
	/** As the service says it. */
	readonly status: string;
	/** Whether nothing more will come of it. */
	readonly isFinal: boolean;
	readonly requests: {
		readonly total: number;
		readonly completed: number;
		readonly failed: number;
	};
	/** Milliseconds since 1970. */
	readonly createdAt: number | null;
	readonly expiresAt: number | null;
	/** The service had no room for it, and did none of it: it can be submitted again. */
	readonly isFull: boolean;
}
