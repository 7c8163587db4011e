import { GptImageError, toGptImageError } from '../errors';
import type { OrderName } from '../job';
import type { CollectedLine, InputFile, SubmittedOrder } from '../job-orders';
import {
	batchPath,
	cancelOrder,
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
import { deleteFiles, fileContent, uploadFile } from '../openai/files';
import type { FormFile } from '../openai/form';
import { free } from '../openai/images';
import { answerTooLarge } from '../openai/json-text';
import { readLines, type OutputLine } from '../openai/lines';
import { ranges } from '../rules/ranges';
import { mostBatchLines } from '../rules/delivery';
import { collectedLine } from './batch';
import type { CallContext } from './context';

/** Batches at the service, for whoever orders and collects. */

/**
 * Of files that are needed until their batch has run, and of its input, which may wait for room: a week.
 * They are deleted as soon as all is collected.
 */
const EXPIRES_SECONDS = 7 * 24 * 3_600;
const MOST_IMAGES = 10;

interface BatchAnswer {
	readonly customId: string;
	readonly isDone: boolean;
	readonly answer: LineAnswer | GptImageError;
}

export class BatchService {
	constructor(private readonly context: CallContext) {}

	/** @returns the ID of a file that lines refer to */
	async upload(file: InputFile): Promise<string> {
		return await this.send(file, 'vision');
	}

	/** @param lines JSON, each with its line feed. @returns the ID of the batch's input file */
	async write(lines: Buffer[]): Promise<string> {
		const mimeType = 'application/jsonl';
		return await this.send({ bytes: lines, fileName: 'gpt-image.jsonl', mimeType }, 'batch');
	}

	private async send(file: FormFile, purpose: 'vision' | 'batch'): Promise<string> {
		const client = this.context.client();
		return await uploadFile(client, file, purpose, EXPIRES_SECONDS, 'delivery', this.context);
	}

	async remove(ids: readonly string[]): Promise<boolean> {
		return (await deleteFiles(this.context.client(), ids)) === 0;
	}

	/**
	 * @returns undefined when there is no room
	 * @throws GptImageError when it is refused, or may be there all the same: `unsure` was called then
	 */
	async submit(
		{ id, inputFile, endpoint, isUnsure }: SubmittedOrder,
		unsure: (isUnsure: boolean) => Promise<void>,
	): Promise<Batch | undefined> {
		const client = this.context.client();
		const known = isUnsure ? await findBatch(client, id, this.context) : undefined;
		if (known) return known;
		await unsure(true);
		const order = { file: inputFile, endpoint, order: id };
		try {
			return await createBatch(client, order, this.context);
		} catch (error) {
			const failure = toGptImageError(error);
			if (failure.billed !== 'no') {
				const found = await findBatch(client, id, this.context).catch(() => undefined);
				if (found) return found;
				throw failure;
			}
			await unsure(false);
			if (isQueueFull(failure) || failure.retryable) return undefined;
			throw failure;
		}
	}

	async look(remote: string): Promise<Batch> {
		return await retrieveBatch(this.context.client(), remote, this.context);
	}

	async cancel(remote: string): Promise<void> {
		await cancelOrder(this.context.client(), batchPath(remote), this.context);
	}

	/**
	 * The answers of an ended batch as they come, in no order; each must be kept before the next is read.
	 * @throws GptImageError when the connection breaks, or a file has none or too many
	 */
	async *answers(batch: Batch): AsyncGenerator<BatchAnswer, void, void> {
		const client = this.context.client();
		const limit = mostAnswerBytes(MOST_IMAGES);
		const { signal } = this.context;
		const options = { timeoutMs: ranges.timeoutSeconds.most * 1000, signal };
		let count = 0;
		for (const file of batch.answers) {
			const under = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
				await free('batches', options, { retryable: true }, work);
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

	readonly cancelled = (): GptImageError =>
		notRun('batch_cancelled', 'The batch was cancelled before this request ran');

	/** See `collectedLine`. */
	line(
		kept: unknown,
		order: OrderName,
		batch: Batch | undefined,
		bytes: (n: number) => Promise<Buffer | undefined>,
	): CollectedLine {
		return collectedLine(kept, order, batch?.model ?? 'unknown', bytes, this.context.prices);
	}

	/** @returns why a line without an answer has none */
	missing({ status, problems }: Batch, line: number): GptImageError {
		const problem = problems.find((one) => one.line === line) ?? problems[0];
		if (status === 'failed') return notRun(problem?.code ?? 'batch_failed', problem?.message ?? '');
		if (status === 'expired') {
			return notRun('batch_expired', 'The batch expired before this request ran');
		}
		if (status === 'cancelled') return this.cancelled();
		const unknown = 'The batch was completed without a response to this request';
		const advice = 'It may have been billed. Check the batch at platform.openai.com first.';
		return notRun('empty_answer', unknown).with({ advice, billed: 'possibly' });
	}
}

/** @returns undefined for a line of no row */
function answerOf(line: OutputLine): BatchAnswer | undefined {
	if ('value' in line) {
		const answer = lineAnswer(line.value);
		return answer && { customId: answer.customId, isDone: answer.isDone, answer };
	}
	const { customId, error } = line;
	return customId === undefined ? undefined : { customId, isDone: true, answer: error };
}

/** Something between answered for the service, which still has the file. */
const noAnswers = (file: string): GptImageError =>
	badAnswer('answer_not_json', `the file ${file} contains no batch results`).with({
		billed: 'no',
		retryable: true,
	});
