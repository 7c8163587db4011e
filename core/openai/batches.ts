/** The Batch API: the same requests at half the price, within 24 hours (facts/openai-batch.md). */

import { GptImageError, serviceCode, toGptImageError } from '../errors';
import { mostBatchLines, type OrderState } from '../rules/delivery';
import { labels } from '../rules/labels';
import { fieldsOf, isRecord, listOf, textOf, type Fields } from '../rules/json';
import { entriesOf, segment, type Client } from './client';
import { apiError, statusIn } from './errors/api';
import { readErrorBody } from './errors/body';
import { fieldsIn, jsonUpTo } from './guard';
import { free, underLimits, type CallOptions } from './images';
import { imagesInBody, type Asked, type ImageAnswer } from './image-answer';
import { imagesIn, nameIn } from './received';
import { told } from './redact';

/** The name under which a batch carries our order's ID. */
const ORDER = 'n8n_gpt_image_order';
/** Of a page of batches, each with its problems. */
const mostListBytes = 2 ** 23;

export interface SeenOrder extends OrderState {
	readonly model: string | undefined;
}

export interface Batch extends SeenOrder {
	/** IDs of its files with answers. */
	readonly answers: readonly string[];
	readonly problems: readonly BatchProblem[];
}

interface BatchProblem {
	readonly code: string;
	readonly message: string;
	/** Counted from 1. */
	readonly line: number | undefined;
}

const count = (value: unknown): number => (typeof value === 'number' && value > 0 ? value : 0);
/** The last second that a date can have. */
const lastSecond = 8.64e12;
export const time = (value: unknown): number | null =>
	typeof value === 'number' && value >= 0 && value <= lastSecond ? value * 1000 : null;
const plain = (value: unknown): string => told(value, 400) ?? '';

function problemsOf({ errors }: Fields): BatchProblem[] {
	const { data } = fieldsOf(errors);
	const list = listOf(data).slice(0, mostBatchLines);
	return list.filter(isRecord).map(({ code, message, line }) => ({
		code: told(code) ?? 'invalid_request',
		message: plain(message),
		line: typeof line === 'number' ? line : undefined,
	}));
}

function batchOf(batch: Fields): Batch {
	const id = textOf(batch.id);
	if (id === undefined || !/^[\w-]{1,200}$/.test(id)) {
		throw new GptImageError('The service responded without a batch', {
			code: 'empty_answer',
			advice: `The service behind the 'Base URL' in the credential may have no Batch API: set '${labels.delivery}' to 'Now'.`,
			billed: 'possibly',
		});
	}
	const { total, completed, failed } = fieldsOf(batch.request_counts);
	const status = told(batch.status) ?? 'unknown';
	const problems = problemsOf(batch);
	return {
		remote: id,
		status,
		isFinal: ['completed', 'failed', 'expired', 'cancelled'].includes(status),
		isFull: status === 'failed' && problems.some(isQueueFull),
		model: nameIn(batch.model),
		requests: { total: count(total), completed: count(completed), failed: count(failed) },
		answers: [batch.output_file_id, batch.error_file_id].flatMap((one) => nameIn(one) ?? []),
		problems,
		createdAt: time(batch.created_at),
		expiresAt: time(batch.expires_at),
	};
}

export const batchPath = (id: string): string => `/batches/${segment(id)}`;

async function read(client: Client, answer: Promise<Response>): Promise<Batch> {
	return batchOf(await fieldsIn(await answer, client));
}

/** The queue of the model is full: it has room again when other batches are through. */
export const isQueueFull = ({ code }: { readonly code: string }): boolean =>
	code === 'token_limit_exceeded';

/**
 * POST /batches.
 * @param file ID of the uploaded lines
 * @param order our ID, by which `findBatch` finds it when the answer is lost
 * @throws GptImageError
 */
export async function createBatch(
	client: Client,
	{ file, endpoint, order }: { file: string; endpoint: string; order: string },
	options: CallOptions,
): Promise<Batch> {
	const metadata = { [ORDER]: order };
	const body = { input_file_id: file, endpoint, completion_window: '24h', metadata };
	return await underLimits('batches', options, async (signal) =>
		read(client, client.post('/batches', body, signal)),
	);
}

/** @returns the batch with our order's ID, on whichever page of the list it is */
export async function findBatch(
	client: Client,
	order: string,
	options: CallOptions,
): Promise<Batch | undefined> {
	const pages = entriesOf(
		async (query) =>
			await free('batches', options, {}, async (signal) => {
				const answer = await client.get(`/batches${query}`, signal);
				return fieldsOf(await jsonUpTo(mostListBytes, answer, client.redact));
			}),
	);
	for await (const batch of pages) {
		if (fieldsOf(batch.metadata)[ORDER] === order) return batchOf(batch);
	}
	return undefined;
}

/** @throws GptImageError `order_not_found` for a batch that is not there, or another account's */
export async function retrieveBatch(
	client: Client,
	id: string,
	options: CallOptions,
): Promise<Batch> {
	return await free('batches', options, {}, async (signal) =>
		read(client, client.get(batchPath(id), signal)),
	).catch((error: unknown) => {
		throw orderFailure(error, 'batch', id);
	});
}

/** @returns why an order could not be looked at: `order_not_found` when it is not there */
export function orderFailure(error: unknown, kind: 'batch' | 'response', id: string) {
	const failure = toGptImageError(error);
	if (failure.status !== 404) return failure;
	return failure.with({
		message: `OpenAI has no ${kind} ${id} for this key`,
		code: 'order_not_found',
		advice: `Check '${labels.orderId}', and that the ${kind} belongs to the project of the credential's key.`,
		param: 'orderId',
		retryable: false,
	});
}

/** What has been finished, or used, up to then is billed. @param path of the batch or the response */
export async function cancelOrder(
	client: Client,
	path: string,
	options: CallOptions,
): Promise<void> {
	await free('orders', options, {}, async (signal) => {
		const { body } = await client.post(`${path}/cancel`, {}, signal);
		await body?.cancel();
	});
}

export interface LineAnswer {
	readonly customId: string;
	/** Whether the batch counts it as completed. */
	readonly isDone: boolean;
	/** @throws GptImageError when it was refused, never ran, or holds no image; it is not billed then */
	images(asked: Asked): ImageAnswer;
}

export const isLineAnswer = (value: unknown): value is LineAnswer =>
	isRecord(value) && typeof value.images === 'function';

/** @returns undefined for what is no line of a batch's file */
export function lineAnswer(value: unknown): LineAnswer | undefined {
	const line = fieldsOf(value);
	const customId = textOf(line.custom_id);
	if (customId === undefined || !('response' in line || 'error' in line)) return undefined;
	const response = fieldsOf(line.response);
	const { status_code: status, body } = response;
	// An image is paid for, whatever the status beside it.
	const isDone = status === 200 || imagesIn(body).images.length > 0;
	return {
		customId,
		isDone,
		images: (asked) => {
			const requestId = told(response.request_id, 200);
			if (isDone) return imagesInBody(body, asked, requestId);
			if (isRecord(line.response)) throw refused(status, body, requestId, asked.model);
			const { code, message } = fieldsOf(line.error);
			throw notRun(told(code) ?? 'image_call_failed', plain(message));
		},
	};
}

function refused(status: unknown, body: unknown, requestId: string | undefined, model: string) {
	// No proxy answers inside a file.
	const error = { ...readErrorBody(fieldsOf(body).error), isPage: false };
	const answered = typeof status === 'number' && status >= 400 ? status : error.status;
	const failure = { answered, status: answered ?? statusIn(error), body: error, requestId };
	// Only lines that were finished are charged (Batch guide).
	return apiError(failure, { model }, undefined).with({ billed: 'no', retryable: false });
}

/** A line that nothing was made for. @param code the service's */
export const notRun = (code: string, message: string): GptImageError =>
	new GptImageError(message === '' ? `The batch returned no result (${code})` : message, {
		code: serviceCode(code),
		advice: 'It was not billed. Order it again.',
		billed: 'no',
	});
