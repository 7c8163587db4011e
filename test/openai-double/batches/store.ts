import type { Batch } from 'openai/resources/batches';
import { invalidRequest } from '../rules/errors';

/** What became of a request; without a status it never ran. */
export type Result =
	| { status: number; requestId: string; body: Buffer | undefined }
	| { code: string; message: string };

/** One request of a batch. */
export interface Line {
	customId: string;
	url: string;
	body: Record<string, unknown>;
	result?: Result;
}

export interface StoredBatch {
	batch: Batch;
	lines: Line[];
	/** Of whoever created it. */
	authorization: string;
	/** Milliseconds since 1970 at which it ends by itself. */
	dueAt: number;
}

export const seconds = (): number => Math.floor(Date.now() / 1000);

/** The batches of one double, oldest first. */
export class BatchStore {
	readonly all: StoredBatch[] = [];

	get(id: string): StoredBatch {
		const found = this.all.find(({ batch }) => batch.id === id);
		if (!found) throw invalidRequest(`No batch found with id '${id}'.`, null, null, 404);
		return found;
	}
}
