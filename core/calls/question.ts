import type { AnswerOutput, Call, ItemRef, Job, Part, Purchase, Warning } from '../job';
import { badAnswer } from '../openai/errors/bad-answer';
import { askQuestion } from '../openai/questions';
import { chatCost } from '../pricing/cost';
import type { Price } from '../pricing/estimate';
import { estimateQuestion } from '../pricing/estimate-question';
import { prepareView, type PreparedInput } from '../pixels/input';
import { checkImagesTogether } from '../rules/edit';
import { unknownVision } from '../rules/models';
import type { Question } from '../rules/question';
import type { InputImage } from '../rules/request-types';
import type { CallContext } from './context';
import { moneyFacts, paidFacts, type PaidFacts } from './facts';
import { billedBy, notBought } from './finish';
import { moderator } from './images';
import { once } from './jobs';
import { digestOf, inputFacts, prepareDigest } from './key';
import { notesOf, type EditImage } from './prepare';
import { judge } from './question-answer';
import { requestWarnings, warningsOf } from './warnings';

/** A question about an image: describe it, or review it. */

export interface QuestionDraft {
	readonly kind: 'question';
	readonly question: Question;
	/** The one that is looked at, then its references. */
	readonly images: readonly EditImage[];
	readonly dryRun: boolean;
}

/** @returns the job of a question; its images are loaded when it starts */
export function questionJob(
	{ question, images, dryRun }: QuestionDraft,
	item: ItemRef,
	context: CallContext,
): Job {
	const inputs = once(async () => await prepareViews(images, question));
	return {
		item,
		dryRun,
		choices: [
			{
				name: question.chatModel,
				follows: () => true,
				open: async () => [await questionCall(question, await inputs(), context)],
			},
		],
		explain: (error) => error,
	};
}

interface Views {
	readonly images: readonly InputImage[];
	readonly notes: readonly string[];
}

async function prepareViews(images: readonly EditImage[], { chatRow }: Question): Promise<Views> {
	const { patches } = chatRow?.vision ?? unknownVision;
	const views: Array<InputImage | PreparedInput> = [];
	let bytes = 0;
	for (const image of images) {
		if (image.kind !== 'file') {
			views.push(image);
			continue;
		}
		const { origin, load } = image.file;
		const view = await prepareView(await load(), origin, patches);
		bytes += view.bytes.length;
		checkImagesTogether(bytes, true, 'images');
		await prepareDigest(view.bytes);
		views.push(view);
	}
	return { images: views, notes: notesOf(views) };
}

async function questionCall(
	question: Question,
	{ images, notes }: Views,
	context: CallContext,
): Promise<Call> {
	const { chatModel, kind, instructions, text, schema } = question;
	const { baseUrl, prices, timeoutMs } = context;
	const sizes = images.map((image) => (image.kind === 'bytes' ? image : 'unknown'));
	const estimate = await estimateQuestion(question, sizes, prices);
	const seen = images.map(inputFacts);
	const warnings = requestWarnings(question.warnings, notes, []);
	const check = moderator({ prompt: text }, images, context);
	return {
		key: digestOf({
			operation: kind,
			chatModel,
			instructions,
			text,
			schema,
			images: seen,
			baseUrl,
		}),
		estimate: { usd: estimate.usd },
		weight: { images: 0, inputImages: images.length },
		ask: async () => {
			await check?.();
			const started = performance.now();
			// A stop does not cancel it: it would be billed anyway, for nothing.
			const raw = await askQuestion(context.client(), question, images, { timeoutMs });
			// What does not fit is not kept: it would be handed out again.
			judge(question, raw.json);
			const { whole, warnings: doubts } = chatCost(
				{ usage: raw.usage, model: raw.chatModel || chatModel, tier: raw.tier },
				prices,
			);
			const facts: PaidFacts = {
				model: chatModel,
				quality: '',
				background: '',
				index: 0,
				count: 0,
				request: {
					id: raw.requestId ?? null,
					durationMs: Math.round(performance.now() - started),
				},
				...moneyFacts(whole),
			};
			return {
				parts: [{ bytes: Buffer.from(raw.json), facts: { ...facts, format: 'json' } }],
				usd: whole.cost.usd,
				warnings: warningsOf('cost', doubts),
			};
		},
		finish: async (part, purchase) => finishAnswer(question, estimate, part, purchase, warnings),
		preview: async () => [previewAnswer(question, estimate, warnings)],
	};
}

function finishAnswer(
	question: Question,
	{ usd }: Price,
	{ bytes, facts }: Part,
	purchase: Purchase,
	warnings: readonly Warning[],
): AnswerOutput {
	if (!bytes) throw badAnswer('empty_answer');
	const paid = paidFacts(facts);
	const { pass, facts: answer } = judge(question, bytes.toString());
	return {
		image: { model: paid.model, prompt: question.text, ...billedBy(paid, purchase, usd) },
		answer: { kind: question.kind, pass, facts: { ...answer } },
		warnings: [...warnings, ...purchase.warnings],
	};
}

const notAsked = 'Dry run: nothing was sent';

/** A dry run passes nothing: nobody has looked at the image. */
function previewAnswer(
	question: Question,
	estimate: Price,
	warnings: readonly Warning[],
): AnswerOutput {
	const { kind, chatModel: model } = question;
	const facts =
		question.kind === 'review'
			? {
					pass: false,
					criteria: question.criteria.map((criterion) => ({
						criterion,
						pass: false,
						reason: notAsked,
					})),
					textSeen: '',
					fix: notAsked,
				}
			: {
					altText: notAsked,
					title: notAsked,
					caption: notAsked,
					tags: [],
					fileName: 'image',
					textSeen: '',
					language: '',
				};
	return {
		image: {
			model,
			prompt: question.text,
			index: 0,
			count: 0,
			...notBought(estimate, { attempts: 0, dryRun: true }),
		},
		answer: { kind, pass: false, facts },
		warnings,
	};
}
