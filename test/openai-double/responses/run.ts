import type { ResponseOutputItem } from 'openai/resources/responses/responses';
import { findMarker } from '../faults';
import type { Call } from '../http/call';
import { drawPartial } from '../image/draw';
import { repaintCanvas } from '../image/repaint';
import { fileOf, fullImage } from '../image/studio';
import { sizeText } from '../rules/sizes';
import { textTokens, type TokenCount } from '../rules/tokens';
import {
	latency,
	makeImage,
	orderOf,
	svgUsage,
	tokensOf,
	untilDue,
	type Painter,
} from '../routes/answer';
import {
	failedImage,
	functionCall,
	imageItem,
	message,
	reasoning,
	refusal,
	webSearch,
} from './items';
import type { EventLog } from './log';
import { answerOf } from './format';
import { planTurn, type Plan, type PlannedImage } from './plan';
import { newId, type ApiResponse, type Context, type ContextImage } from './store';
import type { ImageWork, Turn } from './turn';
import { mainlineUsage, newTextTokens, toolImageTokens, toolUsage } from './usage';

/** A response that is being made. */
export interface Job {
	call: Call;
	turn: Turn;
	response: ApiResponse;
	log: EventLog;
}

/**
 * Carries out a turn step by step: output grows on the response, events on the log, bills on the
 * journal. It stops early when the response was cancelled. Gives the conversation after the turn.
 */
export async function runTurn(job: Job): Promise<Context> {
	const { call, turn, response, log } = job;
	const plan = planTurn(turn);
	const answer = turn.schema ? answerOf(call, turn) : undefined;
	if (answer) plan.text = 'text' in answer ? answer.text : answer.refusal;
	const made: ContextImage[] = [];
	const counts: TokenCount[] = [];
	log.add({ type: 'response.created', response });
	if (turn.background) log.add({ type: 'response.queued', response });
	await call.state.wait(turn.background ? latency(call) / 4 : 0);
	if (isCancelled(job)) return contextAfter(turn, made);
	response.status = 'in_progress';
	log.add({ type: 'response.in_progress', response });
	while (turn.background && call.state.options.backgroundHeld) {
		await call.state.wait(10);
		if (isCancelled(job)) return contextAfter(turn, made);
	}

	if (plan.reasons) output(job, reasoning());
	for (let i = 0; i < plan.searches; i++) webSearch(job, turn.input.message);
	if (plan.functionCall) functionCall(job, plan.functionCall);
	for (const [index, image] of plan.images.entries()) {
		if (!turn.image) break;
		const result = await runImageCall(job, turn.image, image, index);
		if (isCancelled(job)) return contextAfter(turn, made);
		if (!result) continue;
		made.push(result.image);
		counts.push(result.tokens);
	}
	if (answer) await untilDue(call);
	if (answer && 'refusal' in answer) refusal(job, answer.refusal);
	else if (plan.text !== undefined) message(job, plan.text);

	response.usage = mainlineUsage(turn, textTokens(JSON.stringify(plan.text ?? '')) + 20);
	response.tool_usage = toolUsage(turn, counts, plan.searches);
	const read = response.usage.input_tokens;
	finish(job, plan);
	return contextAfter(turn, made, read);
}

const isCancelled = ({ response }: Job): boolean => response.status === 'cancelled';

/** An item that comes whole. */
function output(job: Job, item: ResponseOutputItem): void {
	const output_index = job.response.output.push(item) - 1;
	job.log.add({ type: 'response.output_item.added', output_index, item });
	job.log.add({ type: 'response.output_item.done', output_index, item });
}

async function runImageCall(
	job: Job,
	work: ImageWork,
	planned: PlannedImage,
	index: number,
): Promise<{ image: ContextImage; tokens: TokenCount } | undefined> {
	const { call, response, log, turn } = job;
	const request = { ...work.request, prompt: planned.revisedPrompt };
	const painter = painterOf(work, turn);
	const item_id = newId('ig');
	const output_index = response.output.length;
	const begun = imageItem(item_id, work, planned);
	response.output.push(begun);
	const at = { output_index, item_id };
	log.add({ type: 'response.output_item.added', output_index, item: begun });
	log.add({ type: 'response.image_generation_call.in_progress', ...at });
	begun.status = 'generating';
	log.add({ type: 'response.image_generation_call.generating', ...at });

	const partials = call.fault('fewpartials') ? Math.min(1, request.partials) : request.partials;
	const pause = latency(call) / (partials + 1);
	// The caption shows what the user said; the painter's colours follow it.
	const shown = { ...request, prompt: turn.input.message };
	for (let step = 0; step < partials; step++) {
		await call.state.wait(pause);
		if (isCancelled(job)) return undefined;
		const order = { ...orderOf(shown, index, painter.lineage) };
		const bytes = await painter.paintPartial(order, step, partials);
		log.add({
			type: 'response.image_generation_call.partial_image',
			...at,
			partial_image_index: step,
			partial_image_b64: bytes.toString('base64'),
			size: sizeText(request.size),
			quality: request.quality,
			background: request.background,
			output_format: request.format,
		});
	}
	await call.state.wait(pause);
	if (isCancelled(job)) return undefined;
	if (planned.fails) {
		const item = failedImage(begun, call.entry.requestId);
		response.output[output_index] = item;
		log.add({ type: 'response.output_item.done', output_index, item });
		return undefined;
	}
	const image = await makeImage(call, shown, painter, index);
	call.entry.paid += 1;
	call.entry.imageSha256.push(image.sha256);
	const bytes = fileOf(image);
	begun.status = 'completed';
	begun.result = call.fault('badbase64') ? '!!! not base64 !!!' : bytes.toString('base64');
	if (request.svgAuthor) begun.svg_usage = svgUsage(request.svgAuthor, request.prompt);
	log.add({ type: 'response.image_generation_call.completed', ...at });
	log.add({ type: 'response.output_item.done', output_index, item: begun });
	return {
		image: { bytes, size: request.size, lineage: work.lineage, callId: item_id },
		tokens: tokensOf(request, painter, partials),
	};
}

function painterOf(work: ImageWork, turn: Turn): Painter {
	const canvas =
		work.action === 'edit' ? repaintCanvas({ images: work.bases, mask: work.mask }) : undefined;
	const earlier = turn.context.lineage.length > 0 || turn.input.references.length > 0;
	return {
		eventName: 'image_generation',
		inputs: work.seen.map(({ size }) => size),
		lineage: earlier ? work.lineage.map((said, i) => `turn ${i + 1}: ${said}`) : [],
		paint: (order, source) => fullImage(order, source, canvas),
		paintPartial: (order, step, steps) => drawPartial(order, step, steps, canvas),
	};
}

function contextAfter(turn: Turn, made: ContextImage[], mainlineTokens = 0): Context {
	const attached = turn.input.attachments.map((image) => ({ ...image, lineage: [] }));
	const { context, input, image } = turn;
	return {
		lineage: image?.lineage ?? context.lineage,
		images: [...context.images, ...input.references, ...attached, ...made],
		textTokens: context.textTokens + newTextTokens(turn),
		toolImageTokens: image ? toolImageTokens(turn, image.request.model) : context.toolImageTokens,
		mainlineTokens,
	};
}

function finish({ call, turn, response, log }: Job, plan: Plan): void {
	if (call.fault('nousage')) delete response.usage;
	if (call.fault('empty')) response.output = [];
	if (findMarker(turn.input.message, 'notoolusage')) delete response.tool_usage;
	const removed = findMarker(turn.input.message, 'removed');
	if (removed) {
		const reason = (removed.words[0] ?? 'model_mismatch') as 'model_mismatch';
		response.input_transformations = [
			{ id: newId('rs'), action: 'removed', reason, type: 'reasoning' },
		];
	}
	response.status = plan.end;
	response.completed_at = Math.floor(Date.now() / 1000);
	if (plan.end === 'failed') {
		response.error = {
			code: plan.errorCode as NonNullable<ApiResponse['error']>['code'],
			message: 'The double was told to fail this response.',
		};
		log.add({ type: 'response.failed', response });
	} else if (plan.end === 'incomplete') {
		response.incomplete_details = { reason: 'max_output_tokens' };
		log.add({ type: 'response.incomplete', response });
	} else {
		log.add({ type: 'response.completed', response });
	}
}
