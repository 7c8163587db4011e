import { imageFingerprint } from './money/fingerprint';
import type { Ledger, Place, Reservation as Mark } from './money/ledger';

/** A turn's marks in the ledger: one for each of its calls that may be on the bill. */
export class TurnMarks {
	private current: Mark | undefined;
	private readonly lost: Mark[] = [];

	/**
	 * @param digest see `turnDigest`
	 * @param begun the mark of a call that an earlier run made
	 */
	constructor(
		private readonly ledger: Ledger,
		private readonly digest: string,
		private readonly place: Place,
		begun: Mark | undefined,
	) {
		this.current = begun;
	}

	/** Before a call is sent. */
	async begin(): Promise<void> {
		this.current ??= await this.ledger.reserve([imageFingerprint(this.digest, 0)], this.place);
	}

	/** The call's response can be fetched by this ID, also by a later run. */
	async note(responseId: string): Promise<void> {
		if (this.current) await this.ledger.note(this.current, responseId);
	}

	/** The call may be on the bill, and its response can no longer be had. */
	async lose(): Promise<void> {
		if (!this.current) return;
		await this.ledger.note(this.current, '');
		this.lost.push(this.current);
		this.current = undefined;
	}

	/** The turn is kept, and tells of all its calls. */
	async release(): Promise<void> {
		for (const mark of this.all()) await this.ledger.release(mark);
	}

	/**
	 * Leaves the marks to whoever wants the turn next.
	 * @param isFetchable whether the last call's response may still be had
	 */
	async abandon(isFetchable: boolean): Promise<void> {
		if (this.current && !isFetchable) await this.ledger.release(this.current);
		for (const mark of isFetchable ? this.all() : this.lost) await this.ledger.abandon(mark);
	}

	private all(): Mark[] {
		return this.current ? [...this.lost, this.current] : this.lost;
	}
}
