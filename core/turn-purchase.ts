import { TurnFiles } from './api/files';
import { withRetries } from './api/retry';
import { fetchTurn, sendTurn, type TurnOptions } from './api/responses';
import type { TurnAnswer } from './api/responses-answer';
import { contextLostCode } from './api/responses-failures';
import type { TurnCall } from './api/responses-request';
import type { Sessions } from './api/sessions';
import type { PreparedTurn } from './attachments';
import type { Shop } from './buy';
import { asFailure, GptImageError } from './errors';
import type { TurnJob } from './job';
import { mostSearches, type TurnEstimate } from './money/estimate-turn';
import type { BegunCall, Place } from './money/ledger';
import { prepareInput } from './picture/inputs';
import { billTurn, type TurnBill } from './turn-bill';
import type { TurnMarks } from './turn-marks';
import type { Before } from './turn-state';

/** The paid call of a turn: within the budget, with retries as far as money allows. */

export interface TurnShop extends Shop {
	readonly sessions: Sessions;
}

export interface TurnOrder {
	readonly job: TurnJob;
	readonly inputs: PreparedTurn | undefined;
	readonly before: Before;
	/** See `turnDigest`. */
	readonly digest: string;
	readonly place: Place;
	readonly estimate: TurnEstimate;
	/** A response that an earlier run began and did not get. */
	readonly begun: BegunCall | undefined;
}

export interface PaidTurn {
	readonly answer: TurnAnswer;
	readonly bill: TurnBill;
	readonly durationMs: number;
	readonly attempts: number;
	/** What happened to the conversation, for every item. */
	readonly notes: readonly string[];
	readonly warnings: readonly string[];
	/** Set when the conversation was begun anew. */
	readonly restarted: boolean;
}

/** Pictures of one turn, as many as one call of the Images API may be asked for. */
const MOST_PICTURES = 10;
const allowances = (webSearch: boolean): { readonly most: number; readonly least: number } =>
	webSearch ? { most: MOST_PICTURES + mostSearches, least: 4 } : { most: MOST_PICTURES, least: 1 };

/** The picture that a lost conversation is begun anew with, if one was kept. */
async function lastPicture({ before }: TurnOrder, sessions: Sessions) {
	const { previous } = before;
	const bytes = previous && (await sessions.pictureOf(previous));
	if (!bytes || !previous.picture) return undefined;
	const { format } = previous.picture;
	const origin = {
		param: 'attachments',
		label: 'The last picture of the conversation',
		name: `last-picture.${format}`,
	};
	return await prepareInput(bytes, origin).catch(() => undefined);
}

interface Restart {
	readonly call: TurnCall;
	readonly note: string;
}

async function restart(
	order: TurnOrder,
	call: TurnCall,
	sessions: Sessions,
): Promise<Restart | undefined> {
	const picture = await lastPicture(order, sessions);
	const images = call.inputs?.images ?? [];
	const turn = { ...call.turn, imageCallId: undefined };
	const anew = { ...call, turn, previousResponseId: undefined };
	if (!picture) {
		if (turn.action === 'edit' && images.length === 0) return undefined;
		const note =
			'OpenAI does not have this conversation any more: it was begun anew without its pictures, as none was kept here';
		return { call: anew, note };
	}
	// A mask is for the first image, so then the kept picture goes behind.
	const isMasked = call.inputs?.mask !== undefined;
	const all = isMasked ? [...images, picture] : [picture, ...images];
	const where = isMasked ? 'last' : 'first';
	return {
		call: {
			...anew,
			request: {
				...call.request,
				prompt: `The ${where} attached picture is the last one of our conversation so far.\n\n${call.request.prompt}`,
			},
			inputs: { documents: [], mask: undefined, markup: undefined, ...call.inputs, images: all },
		},
		note: 'OpenAI does not have this conversation any more: it was begun anew from its last picture',
	};
}

/** n8n's lint refuses a caught value that is thrown by its name. */
const failed = (error: GptImageError): GptImageError => error;

/** What one order goes through, attempt by attempt. */
export class Purchase {
	private readonly notes: string[] = [];
	private restarted = false;
	private readonly files: TurnFiles;
	/** The response that OpenAI is working on for us. */
	private responseId: string | undefined;
	private prepared: PreparedTurn | undefined;
	private isPrepared = false;
	private readonly options: TurnOptions;

	constructor(
		private readonly shop: TurnShop,
		private readonly order: TurnOrder,
		private readonly marks: TurnMarks,
	) {
		const { timeoutMs, turn } = order.job;
		this.files = new TurnFiles(shop.client, { timeoutMs, signal: shop.signal });
		this.responseId = order.begun?.note;
		this.options = {
			timeoutMs,
			// A stream that is cut off is billed all the same; a response in the background can be cancelled.
			signal: turn.background ? shop.signal : undefined,
			onCreated: async (id) => {
				this.responseId = id;
				await marks.note(id);
			},
		};
	}

	/** Whether there is a response whose end we have not seen: it can be fetched by its ID. */
	get isFetchable(): boolean {
		return this.responseId !== undefined;
	}

	/** Whether OpenAI may still come to an end with what we no longer wait for. */
	private isLeftRunning({ facts }: GptImageError): boolean {
		return this.isFetchable && facts.code === 'timeout';
	}

	/** @throws GptImageError of the last attempt */
	async buy(): Promise<PaidTurn> {
		const { inputs } = this.order;
		const { calls, pace, signal } = this.shop;
		const policy = { ...calls, load: { images: 1, inputImages: inputs?.images.length ?? 0 } };
		const paid = await withRetries(async () => await this.pay(), policy, pace, signal);
		this.responseId = undefined;
		return {
			...paid.value,
			attempts: paid.attempts,
			notes: this.notes,
			restarted: this.restarted,
			warnings: [...paid.warnings, ...paid.value.warnings],
		};
	}

	/** @returns a warning about files left at OpenAI; never throws */
	async close(): Promise<string | undefined> {
		return await this.files.close();
	}

	private async prepare(): Promise<void> {
		if (this.isPrepared) return;
		const { inputs } = this.order;
		this.prepared = inputs && { ...inputs, ...(await this.files.prepare(inputs)) };
		this.isPrepared = true;
	}

	private callFor(maxToolCalls: number): TurnCall {
		const { job, before } = this.order;
		const { previousResponseId } = before;
		const { request, turn } = job;
		return { request, turn, inputs: this.prepared, previousResponseId, maxToolCalls };
	}

	private async send(call: TurnCall): Promise<TurnAnswer> {
		const { shop, options } = this;
		try {
			return await sendTurn(shop.client, call, options);
		} catch (error) {
			const failure = asFailure(error);
			const isLost = failure.facts.code === contextLostCode && call.turn.restartWhenLost;
			const anew = isLost ? await restart(this.order, call, shop.sessions) : undefined;
			if (!anew) throw failed(failure);
			const answer = await sendTurn(shop.client, anew.call, options);
			this.restarted = true;
			this.notes.push(anew.note);
			return answer;
		}
	}

	/** The answer of a response that was begun before; undefined when it is gone. */
	private async fetchBegun(call: TurnCall): Promise<TurnAnswer | undefined> {
		const { responseId } = this;
		if (responseId === undefined) return undefined;
		try {
			const answer = await fetchTurn(this.shop.client, responseId, call, this.options);
			this.notes.push(
				'An earlier run had sent this message and was cut off: its answer was fetched instead of buying another',
			);
			return answer;
		} catch (error) {
			const failure = asFailure(error);
			if (this.isLeftRunning(failure) || failure.facts.code === 'aborted') throw failed(failure);
			this.responseId = undefined;
			await this.marks.lose();
			await this.marks.begin();
			this.notes.push(
				`An earlier run had sent this message and was cut off; its answer could not be fetched (${failure.message}), so it was sent again; the first may have been billed`,
			);
			return undefined;
		}
	}

	/** One attempt: reserved before it is sent, settled by what it has cost. */
	private async pay(): Promise<Omit<PaidTurn, 'attempts' | 'notes' | 'restarted'>> {
		const { shop, order } = this;
		const { request, turn } = order.job;
		const { most, least } = allowances(turn.webSearch);
		const { upperUsd, price } = order.estimate;
		await this.prepare();
		const reservation = await shop.budget.reserve(upperUsd(most), upperUsd(least));
		const isReduced = reservation.usd < (upperUsd(most) ?? 0);
		const maxToolCalls = isReduced ? least : most;
		const started = performance.now();
		let answer: TurnAnswer;
		try {
			const call = this.callFor(maxToolCalls);
			await this.marks.begin();
			answer = (await this.fetchBegun(call)) ?? (await this.send(call));
		} catch (error) {
			const failure = asFailure(error);
			await (failure.facts.billed === 'no' ? reservation.release() : reservation.settle(null));
			// It is not sent again while the first is still being worked on.
			if (this.isLeftRunning(failure)) throw stillRunning(failure);
			this.responseId = undefined;
			if (failure.facts.billed !== 'no') await this.marks.lose();
			throw failed(failure);
		}
		shop.pace.observe(answer.headers);
		const bill = billTurn(answer, request, shop.prices, price);
		const calls = answer.pictures.length + answer.failures.length;
		// Where the cost is not known, what so many pictures may have cost at most.
		const warning = await reservation.settle(bill.usd ?? upperUsd(Math.max(1, calls)));
		return {
			answer,
			bill,
			durationMs: Math.round(performance.now() - started),
			warnings: [
				...bill.warnings,
				...(answer.cutShort === undefined ? [] : [answer.cutShort]),
				...(warning === undefined ? [] : [warning]),
				...(isReduced && calls >= maxToolCalls
					? [`The budget allowed this turn no more than ${maxToolCalls} tool calls`]
					: []),
			],
		};
	}
}

const stillRunning = ({ message, facts }: GptImageError): GptImageError =>
	new GptImageError(message, {
		...facts,
		advice:
			'OpenAI may still be working on it. Run the workflow again: the answer is then fetched by its ID instead of being paid twice.',
		retryable: false,
	});
