import type { PreparedTurn } from './attachments';
import type { RawPicture } from './finish';
import type { TurnJob } from './job';
import type { OpenRange } from './money/estimate';
import type { TurnEstimate } from './money/estimate-turn';
import type { LedgerEntry, Place } from './money/ledger';
import type { Tools } from './run';
import type { TurnRecord } from './turn-record';
import type { Before } from './turn-state';

/** What the stages of a turn hand to each other. */

/** One picture of a turn, or its words, from OpenAI or the ledger. */
export interface Piece {
	readonly raw: RawPicture;
	readonly record: TurnRecord;
	/** What it has cost between, where OpenAI did not report all of it. */
	readonly range: OpenRange | undefined;
	readonly entry: LedgerEntry | undefined;
}

export interface Course<Item> {
	readonly job: TurnJob;
	readonly inputs: PreparedTurn | undefined;
	readonly tools: Tools<Item>;
	readonly place: Place;
	readonly before: Before;
	readonly estimate: TurnEstimate;
	/** See `wishDigest`. */
	readonly wish: string;
}
