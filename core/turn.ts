import type { PreparedTurn } from './attachments';
import type { Shop } from './buy';
import type { TurnJob } from './job';
import { estimateTurn } from './money/estimate-turn';
import { imageFingerprint } from './money/fingerprint';
import { wishAt } from './money/ledger';
import type { Made, Tools } from './run';
import { orStopped } from './stop';
import { buyTurn } from './turn-buy';
import type { Course } from './turn-course';
import { findInHand, findKept } from './turn-find';
import { deliver, rehearse } from './turn-items';
import { keepTurn } from './turn-keep';
import { checkEditable, priceContext, stateBefore, turnDigest, wishDigest } from './turn-state';

/**
 * The way of one turn of a conversation: what was said before -> price -> ledger -> OpenAI ->
 * ledger -> session -> items. How many pictures come is known only afterwards, so the first one's
 * record tells of the others.
 */

/**
 * @param openShop makes the client; not called when nothing has to be bought
 * @returns one item per picture, in order; one item without a picture when the model only talked
 * @throws GptImageError when there is neither
 */
export async function takeTurn<Item>(
	job: TurnJob,
	inputs: PreparedTurn | undefined,
	tools: Tools<Item>,
	openShop: () => Promise<Shop>,
): Promise<Made<Item>> {
	const { turn, request } = job;
	const place = tools.placeOf(job);
	const before = await stateBefore(turn, place, tools.sessions);
	checkEditable(turn, before, inputs);
	const context = priceContext(turn, before, inputs);
	const estimate = await estimateTurn(request, turn, context, tools.prices);
	const { baseUrl } = tools.connection ?? {};
	const wish = wishDigest(request, turn, inputs, before.session?.name, baseUrl);
	const course: Course<Item> = { job, inputs, tools, place, before, estimate, wish };
	if (job.dryRun) return await rehearse(course);

	const inHand = findInHand(course);
	if (inHand.length > 0) return { items: inHand, entries: [] };
	const digest = turnDigest(wish, before.previousResponseId ?? null);
	const refusal = await tools.ledger.refusal(imageFingerprint(digest, 0), place);
	if (refusal) throw refusal;
	const found = await findKept(course);
	if (found.pieces.length > 0) {
		const made = await deliver(course, found.pieces, found.warnings);
		await tools.ledger.release(found.lostCalls);
		return made;
	}
	const buying = buyTurn(
		tools.ledger,
		async () => ({ ...(await openShop()), sessions: tools.sessions }),
		{ ...course, digest, begun: found.begun },
		async (paid) => await keepTurn(course, paid, found),
	);
	// In the background it is cancelled, so there is nothing that would come later.
	const { kept, warnings } = await orStopped(buying, turn.background ? undefined : tools.signal);
	const made = await deliver(course, kept, warnings);
	if (kept.some(({ entry }) => !entry)) {
		for (const [index, item] of made.items.entries()) {
			tools.unkept.set(wishAt(place, imageFingerprint(digest, index)), item);
		}
	}
	return made;
}
