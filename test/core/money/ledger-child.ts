/**
 * A process with a ledger, driven over IPC by a test: `{ id, method, args }` in, `{ id, result }` or
 * `{ id, error }` out. Bytes travel as base64.
 */
import { openLedger } from '../../../core/money/ledger';
import type { Ledger, LedgerOptions, Place } from '../../../core/money/ledger';
import { updateDocument } from '../../../core/money/store-document';

let ledger: Ledger | undefined;
const opened = (): Ledger => {
	if (!ledger) throw new Error('open first');
	return ledger;
};

export interface ChildCalls {
	open(options: LedgerOptions): void;
	keep(fingerprint: string, place: Place, base64: string): Promise<string | undefined>;
	take(fingerprint: string, place: Place): Promise<{ base64?: string; warnings: string[] }>;
	/** One item per fingerprint; answers digests. */
	takeAll(fingerprints: string[], place: Place): Promise<string[]>;
	reserve(fingerprints: string[], place: Place): Promise<void>;
	hand(): Promise<void>;
	settle(executionId: string, outcome: 'delivered' | 'returned'): Promise<void>;
	count(folder: string, times: number): Promise<void>;
}

const entries: { id: string }[] = [];

const calls: ChildCalls = {
	open(options) {
		ledger = openLedger(options);
	},
	async keep(fingerprint, place, base64) {
		const bytes = Buffer.from(base64, 'base64');
		const kept = await opened().keep(fingerprint, place, { bytes, record: { format: 'png' } });
		if (kept.entry) entries.push(kept.entry);
		return kept.entry?.id;
	},
	async take(fingerprint, place) {
		const { picture, warnings } = await opened().take(fingerprint, place);
		if (picture?.entry) entries.push(picture.entry);
		return { base64: picture?.bytes.toString('base64'), warnings: [...warnings] };
	},
	async takeAll(fingerprints, place) {
		const taken = await Promise.all(
			fingerprints.map((key, itemIndex) => opened().take(key, { ...place, itemIndex })),
		);
		return taken.flatMap(({ picture }) => (picture ? [picture.sha256] : []));
	},
	async reserve(fingerprints, place) {
		await opened().reserve(fingerprints, place);
	},
	async hand() {
		await opened().hand(entries);
	},
	async settle(executionId, outcome) {
		await opened().settle(executionId, outcome);
	},
	async count(folder, times) {
		for (let i = 0; i < times; i++) {
			await updateDocument(folder, (current) => (typeof current === 'number' ? current + 1 : 1));
		}
	},
};

process.on('message', (message: { id: number; method: keyof ChildCalls; args: unknown[] }) => {
	const call: unknown = Reflect.get(calls, message.method);
	if (typeof call !== 'function') return;
	Promise.resolve(Reflect.apply(call, calls, message.args)).then(
		(result: unknown) => process.send?.({ id: message.id, result }),
		(error: unknown) => process.send?.({ id: message.id, error: String(error) }),
	);
});
process.on('disconnect', () => process.exit());
process.send?.({ id: 0, result: 'ready' });
