/** What a model answered to a question: read against the schema, and judged by this node. */

import { badAnswerToQuestion, type Question } from '../rules/question';
import { safe, slug, withoutEnding } from '../pixels/file-name';
import { fieldsOf, isRecord, jsonOf } from '../rules/json';
import { excerpt, visible } from '../rules/parameters';

interface Verdict {
	readonly criterion: string;
	readonly pass: boolean;
	readonly reason: string;
}

/** As the model gave it, checked; plain JSON. Kept like an image: it is what was paid for. */
export type QuestionAnswer =
	| {
			readonly kind: 'describe';
			readonly altText: string;
			readonly title: string;
			readonly caption: string;
			readonly tags: readonly string[];
			readonly fileName: string;
			readonly textSeen: string;
			readonly language: string;
	  }
	| {
			readonly kind: 'review';
			readonly criteria: readonly Verdict[];
			readonly textSeen: string;
			readonly fix: string;
	  };

function textIn(fields: Readonly<Record<string, unknown>>, name: string): string {
	const value = fields[name];
	if (typeof value === 'string') return value.toWellFormed();
	throw badAnswerToQuestion(`it has no text '${name}'`);
}

function verdictOf(value: unknown): Verdict {
	const fields = fieldsOf(value);
	if (typeof fields.pass !== 'boolean') throw badAnswerToQuestion("a criterion has no 'pass'");
	return {
		criterion: textIn(fields, 'criterion'),
		pass: fields.pass,
		reason: textIn(fields, 'reason'),
	};
}

/** One verdict for each criterion, in their order; of contradicting ones the failure counts. */
function verdictsOf(value: unknown, criteria: readonly string[]): Verdict[] {
	if (criteria.length === 0) return [];
	if (!Array.isArray(value)) throw badAnswerToQuestion("it has no list 'criteria'");
	const verdicts = value.map(verdictOf);
	return criteria.map((criterion) => {
		const own = verdicts.filter((verdict) => verdict.criterion === criterion);
		const verdict = own.find(({ pass }) => !pass) ?? own[0];
		if (!verdict) throw badAnswerToQuestion(`it has no verdict on "${excerpt(criterion)}"`);
		return verdict;
	});
}

/** @throws bad_answer when the JSON does not fit the question's schema: that is never a pass */
export function readQuestionAnswer(question: Question, json: string): QuestionAnswer {
	const answer = jsonOf(json);
	if (!isRecord(answer)) throw badAnswerToQuestion('it is not a JSON object');
	const text = (name: string): string => textIn(answer, name);
	if (question.kind === 'review') {
		return {
			kind: 'review',
			criteria: verdictsOf(answer.criteria, question.criteria),
			textSeen: text('textSeen'),
			fix: text('fix'),
		};
	}
	const { tags } = answer;
	if (!Array.isArray(tags) || tags.some((tag) => typeof tag !== 'string')) {
		throw badAnswerToQuestion("it has no list of texts 'tags'");
	}
	return {
		kind: 'describe',
		altText: text('altText'),
		title: text('title'),
		caption: text('caption'),
		tags: tags.map((tag: string) => tag.toWellFormed()),
		fileName: text('fileName'),
		textSeen: text('textSeen'),
		language: text('language'),
	};
}

/** Every script has words, not only those with spaces. */
const words = new Intl.Segmenter(undefined, { granularity: 'word' });

/** @returns at most so many characters, cut before a word */
function cutAtWord(text: string, most: number): string {
	const whole = text.trim();
	if (whole.length <= most) return whole;
	let end = 0;
	for (const { index, segment } of words.segment(whole.slice(0, most + 1_000))) {
		if (index + segment.length > most) break;
		end = index + segment.length;
	}
	// A single word that is too long.
	const cut = end > 0 ? whole.slice(0, end) : whole.slice(0, most);
	// A quotation mark after a space opens what was cut off.
	return cut
		.replace(/(?:[\s,;:\p{Pd}\p{Ps}\p{Pi}]|(?<=\s)["'])+$/u, '')
		.replace(/[\ud800-\udbff]$/, '');
}

const plain = (text: string): string => text.normalize('NFC').replace(/\s+/gu, ' ').trim();
/** As a reader compares: what can be seen, in NFC, white space collapsed; case matters. */
const asSeen = (text: string): string => plain(visible(text));

/** The contract's `review` and `description`, without the money. */
interface Judgement {
	readonly pass: boolean;
	readonly facts: Readonly<Record<string, unknown>>;
}

function review(
	{ expectedText }: Extract<Question, { kind: 'review' }>,
	{ criteria, textSeen, fix }: Extract<QuestionAnswer, { kind: 'review' }>,
): Judgement {
	const failed = criteria.filter(({ pass }) => !pass);
	const isMissing = !asSeen(textSeen).includes(asSeen(expectedText));
	const pass = failed.length === 0 && !isMissing;
	const asked = fix.trim();
	const mend =
		failed.length > 0 && asked === ''
			? failed.map(({ criterion }) => `Change the image so that this holds: ${criterion}`)
			: [asked];
	const parts = [
		...mend,
		...(isMissing
			? [`The image must show this text, spelled exactly like this: "${plain(expectedText)}"`]
			: []),
	].filter((part) => part !== '');
	return { pass, facts: { pass, criteria, textSeen, fix: pass ? '' : parts.join('\n') } };
}

/**
 * The node decides, not the model: every criterion passes, and the expected text can be read.
 * @returns whether it passed (a description always does), and the contract's keys
 */
export function judge(question: Question, answer: QuestionAnswer): Judgement {
	if (question.kind === 'review' && answer.kind === 'review') return review(question, answer);
	if (question.kind !== 'describe' || answer.kind !== 'describe') {
		throw badAnswerToQuestion('it belongs to another question');
	}
	const { kind: _, ...facts } = answer;
	return {
		pass: true,
		facts: {
			...facts,
			altText: cutAtWord(answer.altText, question.altTextLength),
			fileName: safe(slug(withoutEnding(answer.fileName))) || 'image',
		},
	};
}
