import { GptImageError, toGptImageError } from '../errors';
import type { AnswerFacts, OrderState } from '../job';
import {
	cancelBatch,
	createBatch,
	findBatch,
	isQueueFull,
	lineAnswer,
	notRun,
	retrieveBatch,
	type Batch,
	type LineAnswer,
} from '../openai/batches';
import { mostAnswerBytes } from '../openai/body';
import { badAnswer } from '../openai/errors/bad-answer';
import { deleteFiles, fileContent, uploadFile, type FileContent } from '../openai/files';
import { underLimits } from '../openai/images';
import { answerTooLarge } from '../openai/json-text';
import { readLines, type OutputLine } from '../openai/lines';
import { longestTimeoutSeconds } from '../rules/calls';
import { mostBatchLines } from '../rules/delivery';
import { collectedLine, type CollectedLine } from './batch';
import type { CallContext } from './context';

/** Batches at the service, for whoever orders and collects. */

/**
 * Of files that are needed until their batch has run, and of its input, which may wait for room: a week.
 * They are deleted as soon as all is collected.
 */
const EXPIRES_SECONDS = 7 * 24 * 3_600;
/** The most images that one request may have. */
const MOST_IMAGES = 10;

const isFinal = (status: string): boolean =>
	['completed', 'failed', 'expired', 'cancelled'].includes(status);

const stateOf = (batch: Batch): BatchState => {
	const { id: remote, status, requests, createdAt, expiresAt, problems } = batch;
	const isFull = status === 'failed' && problems.some(isQueueFull);
	const dates = { createdAt, expiresAt };
	return { remote, status, isFinal: isFinal(status), requests, ...dates, isFull, batch };
};
export interface BatchState extends OrderState {
	readonly batch: Batch;
}

export interface BatchAnswer {
	readonly customId: string;
	/** What came, or why nothing did. */
	readonly answer: LineAnswer | GptImageError;
}

export class BatchService {
	constructor(private readonly context: CallContext) {}

	/** @returns the ID of a file that lines refer to */
	async upload(bytes: Buffer, fileName: string, mimeType: string): Promise<string> {
		return await this.send({ bytes: [bytes], fileName, mimeType }, 'vision');
	}

	/** @param lines JSON, each with its line feed. @returns the ID of the batch's input file */
	async write(lines: Buffer[]): Promise<string> {
		const mimeType = 'application/jsonl';
		return await this.send({ bytes: lines, fileName: 'gpt-image.jsonl', mimeType }, 'batch');
	}

	private async send(file: FileContent, purpose: 'vision' | 'batch'): Promise<string> {
		const client = this.context.client();
		return await uploadFile(client, file, purpose, EXPIRES_SECONDS, 'delivery', this.context);
	}

	/** @returns whether they are gone */
	async remove(ids: readonly string[]): Promise<boolean> {
		return await deleteFiles(this.context.client(), ids);
	}

	/**
	 * @param order ours; `isUnsure`: it was sent before, and no answer came
	 * @returns undefined when there is no room
	 * @throws GptImageError when it is refused, or may be there all the same: `unsure` was called then
	 */
	async submit(
		{ id, inputFile, endpoint, isUnsure }: SubmittedOrder,
		unsure: (isUnsure: boolean) => Promise<void>,
	): Promise<BatchState | undefined> {
		const client = this.context.client();
		const known = isUnsure ? await findBatch(client, id, this.context) : undefined;
		if (known) return stateOf(known);
		await unsure(true);
		const order = { file: inputFile, endpoint, order: id };
		try {
			return stateOf(await createBatch(client, order, this.context));
		} catch (error) {
			const failure = toGptImageError(error);
			if (failure.billed !== 'no') {
				const found = await findBatch(client, id, this.context).catch(() => undefined);
				if (found) return stateOf(found);
				throw failure;
			}
			await unsure(false);
			if (isQueueFull(failure) || failure.retryable) return undefined;
			throw failure;
		}
	}

	async look(remote: string): Promise<BatchState> {
		return stateOf(await retrieveBatch(this.context.client(), remote, this.context));
	}

	async cancel(remote: string): Promise<void> {
		await cancelBatch(this.context.client(), remote, this.context);
	}

	/**
	 * The answers of an ended batch as they come, in no order; each must be kept before the next is read.
	 * @throws GptImageError when the connection breaks, there are more than a batch can have, or a file has none
	 */
	async *answers({ batch }: BatchState): AsyncGenerator<BatchAnswer, void, void> {
		const client = this.context.client();
		const limit = mostAnswerBytes('auto', MOST_IMAGES);
		const { signal } = this.context;
		const options = { timeoutMs: longestTimeoutSeconds * 1000, signal };
		let count = 0;
		for (const file of batch.answers) {
			// A generator cannot stand in a callback: its errors are turned by hand.
			const under = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
				await underLimits('batches', options, work).catch((error: unknown) => {
					throw toGptImageError(error).with({ billed: 'no', retryable: true });
				});
			const response = await under(async (limited) => await fileContent(client, file, limited));
			const lines = readLines(response, limit, client.redact);
			const before = count;
			let hasAnswer = false;
			try {
				for (;;) {
					const next = await under(async () => await lines.next());
					if (next.done === true) break;
					count += 1;
					if (count > mostBatchLines) throw answerTooLarge().with({ billed: 'no' });
					const answer = answerOf(next.value);
					// A line that is nobody's does not cost the others.
					if (!answer) continue;
					hasAnswer = true;
					yield answer;
				}
			} finally {
				await lines.return();
			}
			if (count > before && !hasAnswer) throw noAnswers(file);
		}
	}

	readonly cancelled = cancelled;

	/** See `collectedLine`. */
	line(
		kept: unknown,
		order: NonNullable<AnswerFacts['order']>,
		state: BatchState | undefined,
		bytes: (n: number) => Promise<Buffer | undefined>,
	): CollectedLine {
		return collectedLine(kept, order, state?.batch.model ?? 'unknown', bytes, this.context.prices);
	}

	/** @returns why a line without an answer has none */
	missing({ batch: { status, problems } }: BatchState, line: number): GptImageError {
		const problem = problems.find((one) => one.line === line) ?? problems[0];
		if (status === 'failed') return notRun(problem?.code ?? 'batch_failed', problem?.message ?? '');
		if (status === 'expired')
			return notRun('batch_expired', 'The batch expired before this request ran');
		if (status === 'cancelled') return cancelled();
		return notRun(
			'empty_answer',
			'The batch was completed without a response to this request',
		).with({
			advice: 'It may have been billed. Check the batch at platform.openai.com first.',
			billed: 'possibly',
		});
	}
}

export interface SubmittedOrder {
	readonly id: string;
	readonly inputFile: string;
	readonly endpoint: string;
	readonly isUnsure: boolean;
}

const cancelled = (): GptImageError =>
	notRun('batch_cancelled', 'The batch was cancelled before this request ran');

/** @returns undefined for a line of no row */
function answerOf(line: OutputLine): BatchAnswer | undefined {
	if ('value' in line) {
		const answer = lineAnswer(line.value);
		return answer && { customId: answer.customId, answer };
	}
	const { customId, error } = line;
	return customId === undefined ? undefined : { customId, answer: error };
}

/** Something between answered for the service, which still has the file. */
const noAnswers = (file: string): GptImageError =>
	badAnswer('answer_not_json', `the file ${file} contains no batch results`).with({
		billed: 'no',
		retryable: true,
	});
