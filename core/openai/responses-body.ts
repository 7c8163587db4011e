/**
 * Reads the body that came for a turn, whatever its shape: the events of a response, a response as
 * JSON, or images without one.
 */

import { fieldsOf, isRecord, listOf, textOf, type Fields } from '../rules/json';
import { readBody, type Ending } from './body';
import type { Client } from './client';
import type { CallContext } from './errors/readings';
import { Came, noImage } from './no-image';
import { imagesElsewhere } from './own-images';
import { errorIn, imageOf, imagesIn, nameIn } from './received';
import { isImageCall, mostImageCalls, type RawTurn } from './responses-answer';

export interface TurnHooks {
	/** Called once, as soon as the response has an id. */
	readonly onId?: (responseId: string) => Promise<void> | void;
	readonly limit: number;
}

/** The API sends at most three before each image. */
const MOST_FRAMES = 3 * mostImageCalls;

/** Of a response. */
const MOST_ITEMS = 1_000;

/** What is read of a response; each event has one, and may have any number of other fields. */
const read = [
	'id',
	'status',
	'model',
	'service_tier',
	'created_at',
	'output',
	'usage',
	'tool_usage',
	'tools',
	'error',
	'incomplete_details',
	'input_transformations',
];

const isRunning = ({ status }: Fields): boolean => status === 'queued' || status === 'in_progress';

const isKnownItem = (item: unknown): boolean =>
	isImageCall(item) || (isRecord(item) && item.type === 'message');

const imageCall = (result: Buffer) => ({ type: 'image_generation_call', id: '', result });

/** `images` came without a response; `others` tell of neither. */
class Turn extends Came {
	readonly partials = new Map<string, Buffer[]>();
	/** As the last value that told of it has it. */
	response: Fields | undefined;
	/** Items that came by themselves, by their place. */
	readonly items = new Map<number, Fields>();
	private frames = 0;

	constructor(private readonly hooks: TurnHooks) {
		super();
	}

	/** @returns whether nothing more is to come */
	async take(value: unknown, event: string): Promise<boolean> {
		this.values += 1;
		const doc = fieldsOf(value);
		const type = textOf(doc.type) ?? event;
		if (/^response\.(?:completed|failed|incomplete|cancelled|done)$/.test(type)) {
			await this.takeResponse(fieldsOf(doc.response));
			this.isFinished = true;
			return true;
		}
		if (isRecord(doc.response)) {
			await this.takeResponse(doc.response);
		} else if (type.endsWith('.partial_image')) {
			this.takeFrame(doc);
		} else if (type === 'response.output_item.done' && isRecord(doc.item)) {
			const { output_index: index } = doc;
			if (this.items.size >= MOST_ITEMS) return false;
			this.items.set(typeof index === 'number' ? index : this.items.size, doc.item);
		} else if (doc.object === 'response' || Array.isArray(doc.output)) {
			await this.takeResponse(doc);
			this.isFinished = !isRunning(doc);
		} else if (!type.startsWith('response.')) {
			const { images, rest } = imagesIn(value);
			this.images.push(...images.slice(0, Math.max(0, mostImageCalls - this.images.length)));
			this.addOthers(rest);
			this.usage ??= doc.usage;
			if (images.length === 0) this.error ??= errorIn(value, event);
		}
		return this.error !== undefined;
	}

	private async takeResponse(response: Fields): Promise<void> {
		const known = nameIn(this.response?.id);
		const news = read.filter((name) => name in response).map((name) => [name, response[name]]);
		this.response = { ...this.response, ...Object.fromEntries(news) };
		const id = nameIn(response.id);
		if (id !== undefined && id !== known) await this.hooks.onId?.(id);
	}

	private takeFrame(doc: Fields): void {
		const frame = imageOf(doc.partial_image_b64 ?? doc.b64_json);
		this.frames += 1;
		if (!frame || this.frames > MOST_FRAMES) return;
		const id = textOf(doc.item_id) ?? '';
		this.partials.set(id, [...(this.partials.get(id) ?? []), frame]);
	}

	/** The response's items; those that only came by themselves are put into their places. */
	output(): unknown[] {
		const output = listOf(this.response?.output).slice(0, MOST_ITEMS);
		for (const [index, item] of [...this.items].sort(([a], [b]) => a - b)) {
			const place = output.findIndex((one) => isRecord(one) && one.id === item.id);
			const there = output[place];
			if (place < 0) output.splice(index, 0, item);
			else if (isImageCall(there) && !there.result) output[place] = item;
		}
		// Gateways put an image into the text, or send it without a response.
		if (output.some(isImageCall)) return output;
		const images = [...imagesIn(output).images, ...this.images];
		return [...output, ...images.map(imageCall)];
	}
}

export interface TurnBody {
	/** Undefined when none was told. */
	readonly responseId: string | undefined;
	/** As the last value that told of it has it. */
	readonly response: Fields | undefined;
	/** The response with its whole output, or as much of it as has come. */
	readonly raw: RawTurn;
	/** Whether the response was begun and its end did not come. */
	readonly isOpen: boolean;
	/** Whether it has ended, or images came without a response. */
	readonly isEnded: boolean;
	/** Whether an image came, perhaps before the stream broke off. */
	readonly hasImage: boolean;
	/** Why there is neither an end nor an image; to be thrown. */
	readonly failure: () => unknown;
	readonly isStream: boolean;
}

/** @param context for messages */
export async function readTurnBody(
	answer: Response,
	client: Client,
	context: CallContext,
	signal: AbortSignal,
	hooks: TurnHooks,
): Promise<TurnBody> {
	const turn = new Turn(hooks);
	const ending: Ending = await readBody(answer, {
		images: 1,
		limit: hooks.limit,
		redact: client.redact,
		onValue: async (value, event) => await turn.take(value, event),
	});
	turn.images.push(...ending.saved);
	const { others, isFinished, response, error } = turn;
	const output = turn.output();
	const isKnown = output.some(isKnownItem);
	const unknown = isKnown ? others : [...others, ...output];
	const without = error || isKnown ? [] : unknown;
	const elsewhere = await imagesElsewhere(without, client, signal, mostImageCalls);
	output.push(...elsewhere.images.map(imageCall));
	const hasImage = output.some((item) => isImageCall(item) && imageOf(item.result));
	const whole = {
		tool_usage: { image_gen: turn.usage },
		...response,
		...(isFinished ? {} : { status: 'completed' }),
		output,
	};
	const isEnded =
		response === undefined ? hasImage : isFinished && (hasImage || elsewhere.missing.length === 0);
	return {
		responseId: nameIn(response?.id),
		response,
		raw: {
			response: whole,
			partials: turn.partials,
			requestId: answer.headers.get('x-request-id') ?? undefined,
		},
		isOpen: response !== undefined && !isFinished,
		isEnded,
		hasImage,
		failure: () =>
			noImage({ ...turn, others: unknown }, ending, elsewhere, answer.headers, context),
		isStream: ending.kind === 'events',
	};
}
