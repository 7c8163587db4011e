import type { GptImageError } from '../errors';
import type { Answer, OrderName, OrderOutput, Part, Purchase, Warning } from '../job';
import type { CollectedLine, OrderedRow, TurnDesk } from '../job-orders';
import { KEPT_MS, retrieveTurn, type BegunTurn, type SeenTurn } from '../openai/background';
import { cancelOrder, notRun } from '../openai/batches';
import { badAnswer } from '../openai/errors/bad-answer';
import { deleteFiles } from '../openai/files';
import { pathOf } from '../openai/responses';
import { readTurnAnswer } from '../openai/responses-answer';
import { textOf } from '../rules/json';
import {
	collected,
	keptRequest,
	orderedOutput,
	orderedRequest,
	orderUnknown,
	unknownRequest,
	unknownRow,
	type KeptRequest,
} from './batch';
import type { CallContext } from './context';
import { finishTurn, readReply, turnFacts, type TurnSubject } from './turn-answer';
import type { Sizes } from './turn-facts';
import { requestWarnings } from './warnings';

/** A turn in the background: sent as any other, left to OpenAI, and finished when it is collected. */

/** What a turn is, kept from its order until it is collected. */
interface KeptTurn extends Omit<TurnSubject, 'request'> {
	readonly request: KeptRequest;
	readonly row: OrderedRow;
	readonly restartedFrom: Sizes | undefined;
	readonly warnings: readonly Warning[];
}

export interface Later {
	readonly row: OrderedRow;
	readonly desk: TurnDesk;
}

export class OrderedTurn {
	constructor(
		private readonly subject: TurnSubject,
		private readonly later: Later,
	) {}

	/**
	 * @param line the purchase's ID
	 * @param files at OpenAI, to be deleted when it is collected
	 */
	async place(
		line: string,
		{ responseId, status, createdAt }: BegunTurn,
		files: readonly string[],
		restartedFrom: Sizes | undefined,
		warnings: readonly Warning[],
	): Promise<Answer> {
		const { subject } = this;
		const { row, desk } = this.later;
		const { request, ...plain } = subject;
		const kept = { request: keptRequest(request), row, restartedFrom, warnings };
		const whole: KeptTurn = { ...plain, ...kept };
		const { chatModel } = subject.turn;
		const facts = turnFacts(subject, [undefined], restartedFrom, { chatTokens: null, chatModel });
		const part = await desk.place({
			...{ line, remote: responseId, status, files },
			expiresAt: createdAt === null ? null : createdAt + KEPT_MS,
			facts: { number: 1, line: JSON.stringify(whole), turn: facts },
		});
		return { parts: [part], usd: null, responseId, warnings };
	}

	async finish({ facts }: Part, purchase: Purchase): Promise<OrderOutput> {
		const { request, turn, notes, price } = this.subject;
		const order = await this.later.desk.find(textOf(facts.order) ?? '');
		const said = [...turn.warnings, ...request.warnings];
		const warnings = requestWarnings(said, notes, price.warnings);
		return orderedOutput(request, price.usd, order, [...warnings, ...purchase.warnings]);
	}
}

/** What a turn that this store does not know is taken for. */
const unknownTurn = (model: string): KeptTurn => ({
	request: unknownRequest('send', model, 1),
	turn: { chatModel: '', action: 'auto', from: { kind: 'new' }, warnings: [] },
	known: { previousResponseId: '', previous: undefined },
	...{ params: '', attached: [], notes: [], row: unknownRow },
	price: { usd: { min: null, max: null }, pricesOf: [], warnings: [] },
	...{ maxToolCalls: undefined, restartedFrom: undefined, warnings: [orderUnknown] },
});

/** Background responses at the service, for whoever collects. */
export class TurnService {
	constructor(private readonly context: CallContext) {}

	/** A turn is placed only when OpenAI has begun it. */
	submit = async (): Promise<undefined> => undefined;

	async look(remote: string): Promise<SeenTurn> {
		return await retrieveTurn(this.context.client(), remote, this.context);
	}

	async cancel(remote: string): Promise<void> {
		await cancelOrder(this.context.client(), pathOf(remote), this.context);
	}

	/** The one answer, which has no name. */
	async *answers(answer: SeenTurn) {
		yield { customId: undefined, isDone: true, answer };
	}

	missing = (): GptImageError =>
		notRun('response_cancelled', 'The message was cancelled before it was answered');
	cancelled = this.missing;

	async remove(ids: readonly string[]): Promise<boolean> {
		return (await deleteFiles(this.context.client(), ids)) === 0;
	}

	/** See `collectedLine`. */
	line(kept: unknown, { kind, id }: OrderName, seen: SeenTurn | undefined): CollectedLine {
		const { prices } = this.context;
		const whole =
			typeof kept === 'string'
				? (JSON.parse(kept) as KeptTurn)
				: unknownTurn(seen?.model ?? 'unknown');
		const { request: plain, row, restartedFrom, warnings, ...more } = whole;
		const request = orderedRequest(plain);
		const subject: TurnSubject = { ...more, request };
		const read = async (): Promise<Answer> => {
			if (!seen?.raw) throw badAnswer('empty_answer');
			const reply = { answer: readTurnAnswer(seen.raw, request.model), warnings, restartedFrom };
			// Without a price of its own it counts as what was reserved.
			return await readReply(subject, reply, 0, prices, () => null);
		};
		return collected(row, { kind, id }, read, async (part, purchase) =>
			finishTurn(subject, part, purchase),
		);
	}
}
