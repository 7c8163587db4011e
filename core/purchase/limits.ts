import { GptImageError } from '../errors';
import type { Call } from '../job';
import { dollars, toUsd, type Money } from '../pricing/money';
import { limitLabel, type LimitParameter } from '../rules/limits';
import type { Limits, Sending, Store } from '../store/store';
import type { Clock } from '../clock';
import { stoppedBeforeStart } from './stop';

/** What a run may spend, and how fast. */

const parameterOf = { perRun: 'maxCostPerRun', perDay: 'maxCostPerDay' } as const;

const refusal = (
	code: 'budget_exceeded' | 'price_unknown',
	param: LimitParameter,
	message: string,
	advice: string,
): GptImageError =>
	new GptImageError(message, {
		code,
		advice: `This call was not sent. ${advice}`,
		param,
		billed: 'no',
	});

function exceeded(
	{ limit, spent, reserved }: Extract<Sending, { kind: 'over' }>,
	most: Money,
	upperUsd: number,
): GptImageError {
	const param = parameterOf[limit];
	const label = limitLabel(param);
	const underWay =
		reserved > 0 ? `, ${dollars(toUsd(reserved))} reserved for calls in progress` : '';
	return refusal(
		'budget_exceeded',
		param,
		`This call may cost up to ${dollars(upperUsd)}, which would exceed '${label}' of ${dollars(toUsd(most))} (${dollars(toUsd(spent))} spent so far${underWay})`,
		`Raise '${label}', or choose a lower quality or a smaller size.`,
	);
}

function priceUnknown(limit: keyof typeof parameterOf): GptImageError {
	const param = parameterOf[limit];
	const label = limitLabel(param);
	return refusal(
		'price_unknown',
		param,
		`'${label}' is set, but the highest price of this call is unknown`,
		`Choose a model with known prices, or remove '${label}'.`,
	);
}

/** The spending of one run of a node. */
export class Spending {
	private refusal: GptImageError | undefined;

	/**
	 * @param onLimit `stop`: once a call would exceed a limit, no other is sent, not even a cheaper one
	 */
	constructor(
		private readonly store: Store,
		private readonly limits: Limits,
		private readonly onLimit: 'stop' | 'skip',
		private readonly clock: Clock,
	) {}

	/**
	 * Marks a claimed purchase as sent as soon as limits and pace allow it.
	 * @returns the call to send, perhaps its reduced form; undefined when the claim was lost
	 * @throws GptImageError `budget_exceeded`, `price_unknown`, `aborted`
	 */
	async send<Out>(
		id: string,
		whole: Call<Out>,
		signal: AbortSignal | undefined,
	): Promise<Call<Out> | undefined> {
		let call = whole;
		for (;;) {
			if (signal?.aborted) throw stoppedBeforeStart();
			if (this.refusal) throw this.refusal;
			this.checkPrice(call);
			const sending = await this.store.send(id, call, this.limits);
			if (sending.kind === 'sent') return call;
			if (sending.kind === 'gone') return undefined;
			if (sending.kind === 'wait') await this.clock.sleep(sending.ms, signal);
			else if (call.reduced) call = call.reduced;
			else {
				const most = this.limits[sending.limit] ?? 0;
				throw this.refuse(exceeded(sending, most, call.estimate.usd.max ?? 0));
			}
		}
	}

	private checkPrice({ estimate }: Pick<Call, 'estimate'>): void {
		if (estimate.usd.max !== null) return;
		for (const limit of ['perRun', 'perDay'] as const) {
			if (this.limits[limit] !== undefined) throw this.refuse(priceUnknown(limit));
		}
	}

	private refuse(error: GptImageError): GptImageError {
		if (this.onLimit === 'stop') this.refusal = error;
		return error;
	}
}
