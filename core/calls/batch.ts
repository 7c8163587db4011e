import { errorFromJson, errorToJson, GptImageError, toGptImageError } from '../errors';
import type { Answer, Call, Cost, OrderFacts, OrderName, OrderOutput, Warning } from '../job';
import type {
	BatchFiles,
	BatchLine,
	CollectedLine,
	InputFile,
	OrderDesk,
	OrderedRow,
} from '../job-orders';
import { isLineAnswer } from '../openai/batches';
import { badAnswer } from '../openai/errors/bad-answer';
import { editParameters, reference } from '../openai/edits';
import { imageParameters } from '../openai/images';
import type { Mask } from '../pixels/mask/mask';
import type { PriceOverrides } from '../pricing/prices';
import { textOf } from '../rules/json';
import { findImageModel } from '../rules/model';
import type { ImageRequest } from '../rules/request-types';
import type { CallContext } from './context';
import { finishImage, previewImages } from './finish';
import { moderator, priced, readAnswer } from './images';
import { callKey, sha256 } from './key';
import { prepareEdit, type EditParams, type PreparedEdit, type PreservePlan } from './prepare';
import { warningsOf } from './warnings';

/** A line of a batch: the same request as a call, ordered now and finished when it is collected. */

export const endpointOf = ({ operation }: ImageRequest): string =>
	`/v1/images/${operation === 'edit' ? 'edits' : 'generations'}`;

/** A request as it is kept; the model's row is looked up again when it is collected. */
export type KeptRequest = Omit<ImageRequest, 'row'> & {
	/** The known model, whose name at the service may be another. */
	readonly standsFor?: string;
};

export const keptRequest = ({ row, ...request }: ImageRequest): KeptRequest => ({
	...request,
	...(row && { standsFor: row.id }),
});

/** @returns the request that was kept */
export const orderedRequest = ({ standsFor, ...request }: KeptRequest): ImageRequest => ({
	...request,
	row: findImageModel(standsFor ?? request.model),
});

/** What an ordered row is, kept from its order until it is collected. */
interface KeptLine {
	readonly request: KeptRequest;
	readonly row: OrderedRow;
	readonly estimatedUsd: Cost;
	readonly warnings: readonly Warning[];
	readonly preserve?: KeptPlan;
}
/** The bytes are kept with the order, by their number there. */
type KeptPlan = Omit<PreservePlan, 'original' | 'mask'> & {
	readonly original: number;
	readonly mask: Omit<Mask, 'png'> & { readonly png: number };
};

/** What the store takes of a purchase, 8 MB, without all that is kept beside the fields. */
const MOST_ROW = 7_000_000;

/** @throws GptImageError when the fields of a row are too large to be kept with its order */
export function checkRow(row: OrderedRow): void {
	// A text in a text in a text, as it is kept: quotes get longer each time.
	const text = JSON.stringify(JSON.stringify(JSON.stringify(row)));
	if (Buffer.byteLength(text) <= MOST_ROW) return;
	throw new GptImageError('The fields of this item are too large to be kept with an order', {
		code: 'invalid_input',
		advice:
			'Remove large fields, such as base64 data, before this node: put files into binary fields.',
		billed: 'no',
	});
}

/** @returns the call of a row that is ordered; its inputs are looked at now, and sent with all others */
export async function lineCall(
	request: ImageRequest,
	edit: EditParams | undefined,
	row: OrderedRow,
	context: CallContext,
	desk: OrderDesk,
): Promise<Call<OrderOutput>> {
	checkRow(row);
	// Of many rows, not all inputs are in memory at once: they are prepared again when it is written.
	const prepare = async (): Promise<PreparedEdit | undefined> => edit && (await prepareEdit(edit));
	const inputs = await prepare();
	const { price, warnings } = await priced(request, inputs, context, true);
	const judge = moderator(request, inputs?.images ?? [], context);
	const key = callKey(request, inputs, { baseUrl: context.baseUrl, batch: row });
	const line: Omit<BatchLine, 'id'> = {
		itemIndex: row.itemIndex,
		model: request.model,
		endpoint: endpointOf(request),
		images: request.count,
		write: async (files) => {
			const prepared = await prepare();
			const kept = keptRequest(request);
			const line: KeptLine = { request: kept, row, estimatedUsd: price.usd, warnings };
			if (!prepared) return { body: imageParameters(request), kept: JSON.stringify(line) };
			const upload = async (file: InputFile): Promise<string> =>
				await files.upload(file, sha256(file.bytes));
			const images = [];
			for (const image of prepared.images) {
				const isHere = image.kind === 'bytes';
				images.push(isHere ? { file_id: await upload(image) } : reference(image));
			}
			const { mask: bytes, preserve } = prepared;
			const mask = bytes && { bytes, fileName: 'mask.png', mimeType: 'image/png' };
			return {
				body: { ...editParameters(request), images, mask: mask && { file_id: await upload(mask) } },
				kept: JSON.stringify({ ...line, preserve: preserve && keptPlan(preserve, files) }),
			};
		},
	};
	return {
		key,
		estimate: { usd: price.usd },
		// Batches have a pool of their own: the limits of a minute do not hold.
		weight: { images: 0, inputImages: 0 },
		ask: async (_began, id) => {
			await judge?.();
			return await desk.place({ ...line, id });
		},
		finish: async ({ facts }, { id }) => {
			const order = await desk.find(textOf(facts.order) ?? '', id);
			return orderedOutput(request, price.usd, order, warnings);
		},
		preview: async () =>
			await previewImages(request, price, { start: 0, count: request.count }, warnings),
	};
}

/** The output of what was ordered. */
export const orderedOutput = (
	{ model, ownPrompt: prompt }: ImageRequest,
	estimatedUsd: Cost,
	order: OrderFacts,
	warnings: readonly Warning[],
): OrderOutput => ({
	image: { status: 'ordered', model, prompt, cost: { usd: null, estimatedUsd }, order },
	warnings: [...warnings, ...(order.status === 'collected' ? [orderCollected] : [])],
});

/** The rows of a failed run, or those that may always be used again, whose images somebody has got since. */
const orderCollected: Warning = {
	code: 'order_collected',
	message:
		'This row was ordered by an earlier run and has been collected since: nothing was ordered now, and nothing is left to collect',
};

/** The pixels outside the mask are restored when it is collected. */
const keptPlan = ({ original, mask, ...plan }: PreservePlan, files: BatchFiles): KeptPlan => ({
	...plan,
	original: files.keep(original),
	mask: { ...mask, png: files.keep(mask.png) },
});

export const unknownRow: OrderedRow = { itemIndex: 0, fields: {}, settings: {}, prompt: '' };
export const orderUnknown: Warning = {
	code: 'order_unknown',
	message: 'This order is not in the store, so the fields of its rows are missing',
};
export const unknownRequest = (
	operation: ImageRequest['operation'],
	model: string,
	count: number,
): KeptRequest => ({
	...{ operation, model, count, prompt: '', ownPrompt: '', size: 'auto', quality: 'auto' },
	...{ format: 'png', compression: undefined, background: 'auto', moderation: 'auto' },
	...{ complexity: undefined, partialImages: 0, safetyIdentifier: undefined, warnings: [] },
	inputFidelity: undefined,
});

/** What a line of an order that this store does not know is taken for. */
const unknownLine = (model: string): KeptLine => ({
	request: unknownRequest('generate', model, 10),
	row: unknownRow,
	estimatedUsd: { min: null, max: null },
	warnings: [orderUnknown],
});

const failedAnswer = (error: GptImageError): Answer => ({
	parts: [{ facts: { error: errorToJson(error) } }],
	usd: error.billed === 'no' ? 0 : null,
	warnings: [],
});

/**
 * @param order for the items
 * @param finish a part that did not fail
 */
export const collected = (
	row: OrderedRow,
	order: OrderName,
	read: (answer: unknown) => Promise<Answer>,
	finish: CollectedLine['finish'],
): CollectedLine => ({
	row,
	answer: async (answer) => {
		if (answer instanceof GptImageError) return failedAnswer(answer);
		return await read(answer).catch((error: unknown) => failedAnswer(toGptImageError(error)));
	},
	finish: async (part, purchase) => {
		if (part.facts.error !== undefined) throw errorFromJson(part.facts.error);
		const output = await finish(part, purchase);
		return { ...output, image: { ...output.image, order } } as typeof output;
	},
});

/**
 * @param kept as `write` gave it; undefined for an order that this store does not know
 * @param model of the batch, where the line does not tell
 * @param bytes gives what the line has kept with its order
 */
export function collectedLine(
	kept: unknown,
	order: OrderName,
	model: string,
	bytes: (n: number) => Promise<Buffer | undefined>,
	prices: PriceOverrides,
): CollectedLine {
	const line = typeof kept === 'string' ? (JSON.parse(kept) as KeptLine) : unknownLine(model);
	const request = orderedRequest(line.request);
	const { count, partialImages } = request;
	const read = async (answer: unknown): Promise<Answer> => {
		if (!isLineAnswer(answer)) throw badAnswer('empty_answer');
		const images = answer.images({ model: request.model, count, partialImages });
		const whole = typeof kept === 'string' ? request : { ...request, count: images.images.length };
		return await readAnswer(images, whole, { start: 0, count: whole.count }, 0, prices, true);
	};
	return collected(line.row, order, read, async (part, purchase) => {
		const plan = line.preserve && (await planOf(line.preserve, bytes));
		const { estimatedUsd } = line;
		const lost = line.preserve && !plan ? [originalLost] : [];
		const warnings = [...line.warnings, ...warningsOf('preserve', lost)];
		return await finishImage(request, plan, part, purchase, estimatedUsd, warnings);
	});
}

const originalLost =
	'The image is as OpenAI sent it; the original pixels were not restored: the store no longer has the original';

async function planOf(
	{ original: n, mask, ...plan }: KeptPlan,
	bytes: (n: number) => Promise<Buffer | undefined>,
): Promise<PreservePlan | undefined> {
	const original = await bytes(n);
	const png = await bytes(mask.png);
	return original && png && { ...plan, original, mask: { ...mask, png } };
}
