import { randomBytes } from 'node:crypto';
import type { Response } from 'openai/resources/responses/responses';
import type { InputImage } from '../image/inputs';
import { invalidRequest } from '../rules/errors';
import type { EventLog } from './log';

/** The response object as it travels: `output_text` is the SDK's own addition. */
export type ApiResponse = Omit<Response, 'output_text'> & { store: boolean };

/** An image that a conversation has seen or made. */
export interface ContextImage extends InputImage {
	/** The messages that led to it, oldest first; none for an attachment. */
	lineage: readonly string[];
	/** Id of the image call that made it. */
	callId?: string;
}

/** What a later turn knows of the earlier ones. */
export interface Context {
	lineage: readonly string[];
	images: readonly ContextImage[];
	/** Tokens of everything said so far, instructions apart. */
	textTokens: number;
	/** Tokens of the images that the last turn handed to the image model. */
	toolImageTokens: number;
	/** Tokens that the mainline model read in the last turn. */
	mainlineTokens: number;
}

export const emptyContext: Context = {
	lineage: [],
	images: [],
	textTokens: 0,
	toolImageTokens: 0,
	mainlineTokens: 0,
};

export interface StoredResponse {
	response: ApiResponse;
	/** The conversation after this response. */
	context: Context;
	log: EventLog;
	/** Value of the OpenAI-Project header: another project does not see it. */
	project: string | null;
}

/** Responses that were stored, and the images of their image calls. */
export class ResponseStore {
	private readonly responses = new Map<string, StoredResponse>();

	add(stored: StoredResponse): void {
		this.responses.set(stored.response.id, stored);
	}

	get(id: string, project: string | null): StoredResponse {
		const stored = this.find(id, project);
		if (!stored) {
			throw invalidRequest(`Response with id '${id}' not found.`, null, null, 404);
		}
		return stored;
	}

	previous(id: string, project: string | null): StoredResponse {
		const stored = this.find(id, project);
		if (!stored) {
			throw invalidRequest(
				`Previous response with id '${id}' not found.`,
				'previous_response_id',
				'previous_response_not_found',
				404,
			);
		}
		return stored;
	}

	/** The image of a stored image call. */
	imageCall(id: string, project: string | null): ContextImage {
		for (const { context, project: owner } of this.responses.values()) {
			const image = context.images.find(({ callId }) => callId === id);
			if (image && owner === project) return image;
		}
		throw invalidRequest(
			`Item with id '${id}' not found. Items are not persisted when 'store' is set to false. Try ` +
				'again with store set to true, or remove this item from your input.',
			'input',
			null,
			404,
		);
	}

	delete(id: string): void {
		this.responses.delete(id);
	}

	/** Forgets responses as if their time had passed: all, or the named ones. */
	expire(ids?: readonly string[]): void {
		if (!ids) this.responses.clear();
		for (const id of ids ?? []) this.responses.delete(id);
	}

	private find(id: string, project: string | null): StoredResponse | undefined {
		const stored = this.responses.get(id);
		return stored?.project === project ? stored : undefined;
	}
}

export const newId = (prefix: string): string => `${prefix}_${randomBytes(24).toString('hex')}`;
