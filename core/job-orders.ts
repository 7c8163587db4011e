/** The shapes of what is ordered for later: a batch's lines, a turn in the background, what is collected. */

import type { Answer, Facts, OrderFacts, Output, Part, Purchase } from './job';

/** One request of a batch, before it is written. */
export interface BatchLine {
	/** The purchase's, and the line's `custom_id`. */
	readonly id: string;
	/** Lines are written in the order of their items, whatever came first. */
	readonly itemIndex: number;
	readonly model: string;
	/** Path of the endpoint, e.g. `/v1/images/edits`. */
	readonly endpoint: string;
	readonly images: number;
	/**
	 * @returns the request's body, and as JSON all that is needed when its answer is collected
	 */
	write(files: BatchFiles): Promise<{ readonly body: object; readonly kept: string }>;
}

/** It stands where core/openai, which reads it, may import it. */
export type { OrderState } from './rules/delivery';

/** A batch that is to be submitted. */
export interface SubmittedOrder {
	/** Ours. */
	readonly id: string;
	readonly inputFile: string;
	readonly endpoint: string;
	/** Whether it was sent before, and no answer came. */
	readonly isUnsure: boolean;
}

export interface InputFile {
	readonly bytes: Buffer;
	readonly fileName: string;
	readonly mimeType: string;
}

/** Where a line puts what is no text. */
export interface BatchFiles {
	/**
	 * @param digest of the bytes: the same bytes are uploaded once
	 * @returns the service's file ID
	 */
	upload(file: InputFile, digest: string): Promise<string>;
	/** Keeps bytes here until it is collected. @returns their number in the order */
	keep(bytes: Buffer): number;
}

/** Takes lines, and makes orders of them. */
export interface OrderDesk {
	/** @returns the answer by which the line is kept, once it lies in the service's file */
	place(line: BatchLine): Promise<Answer>;
	/** @param order its ID, ours */
	find(order: string, customId: string | undefined): Promise<OrderFacts>;
}

/** A turn that OpenAI works on. */
export interface BegunOrder {
	/** Its purchase's ID. */
	readonly line: string;
	/** The response's ID. */
	readonly remote: string;
	readonly status: string;
	/** Milliseconds since 1970. */
	readonly expiresAt: number | null;
	/** Files at the service that are needed only until it is collected. */
	readonly files: readonly string[];
	/** What is kept of it. */
	readonly facts: Facts;
}

/** Makes orders of turns. */
export interface TurnDesk {
	/** @returns the part by which its purchase is kept */
	place(turn: BegunOrder): Promise<Part>;
	/** @param order its ID, ours */
	find(order: string): Promise<OrderFacts>;
}

/** What an ordered item keeps until it is collected. */
export interface OrderedRow {
	readonly itemIndex: number;
	/** The input's fields. */
	readonly fields: Facts;
	/** How its items are made. */
	readonly settings: Facts;
	/** As the user wrote it. */
	readonly prompt: string;
}

/** How the outcome of one line is kept, and becomes an item. */
export interface CollectedLine {
	readonly row: OrderedRow;
	/**
	 * @param answer what the service gave, or a GptImageError
	 * @returns what is to be kept of it: a failure is kept, too. Never throws
	 */
	answer(answer: unknown): Promise<Answer>;
	/** @throws GptImageError the failure that was kept */
	finish(part: Part, purchase: Purchase): Promise<Output>;
}
