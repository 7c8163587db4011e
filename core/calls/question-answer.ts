/** What a model answered to a question: read against the schema, and judged by this node. */

import { badAnswerToQuestion, type Question } from '../rules/question';
import { safe, slug, withoutEnding } from '../pixels/file-name';
import { fieldsOf, isRecord, jsonOf, type Fields } from '../rules/json';
import { excerpt, visible } from '../rules/parameters';

interface Verdict {
	readonly criterion: string;
	readonly pass: boolean;
	readonly reason: string;
}

/** The contract's `review`, without the money. */
export interface ReviewFacts {
	readonly pass: boolean;
	readonly criteria: readonly Verdict[];
	readonly textSeen: string;
	readonly fix: string;
}

/** The contract's `description`, without the money. */
export interface DescriptionFacts {
	readonly altText: string;
	readonly title: string;
	readonly caption: string;
	readonly tags: readonly string[];
	readonly fileName: string;
	readonly textSeen: string;
	readonly language: string;
}

interface Judgement {
	readonly pass: boolean;
	readonly facts: ReviewFacts | DescriptionFacts;
}

function textIn(fields: Fields, name: string): string {
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

/** @returns at most so many characters, cut at a space; not all languages have spaces between words */
function cutAtWord(text: string, most: number): string {
	const whole = text.trim();
	if (whole.length <= most) return whole;
	const space = whole.slice(0, most + 1).search(/\s\S*$/);
	const cut = whole.slice(0, space > most / 2 ? space : most);
	return cut.replace(/[\s,;:\p{Pd}]+$/u, '').replace(/[\ud800-\udbff]$/, '');
}

const plain = (text: string): string => text.normalize('NFC').replace(/\s+/gu, ' ').trim();
/** As a reader compares: what can be seen, in NFC, white space collapsed; case matters. */
const asSeen = (text: string): string => plain(visible(text));

function review(
	{ criteria: asked, expectedText }: Extract<Question, { kind: 'review' }>,
	answer: Fields,
): Judgement {
	const criteria = verdictsOf(answer.criteria, asked);
	const textSeen = textIn(answer, 'textSeen');
	const fix = textIn(answer, 'fix').trim();
	const failed = criteria.filter(({ pass }) => !pass);
	const isMissing = !asSeen(textSeen).includes(asSeen(expectedText));
	const pass = failed.length === 0 && !isMissing;
	const mend =
		failed.length > 0 && fix === ''
			? failed.map(({ criterion }) => `Change the image so that this holds: ${criterion}`)
			: [fix];
	const parts = [
		...mend,
		...(isMissing
			? [`The image must show this text, spelled exactly like this: "${plain(expectedText)}"`]
			: []),
	].filter((part) => part !== '');
	return { pass, facts: { pass, criteria, textSeen, fix: pass ? '' : parts.join('\n') } };
}

function description(
	{ altTextLength }: Extract<Question, { kind: 'describe' }>,
	answer: Fields,
): Judgement {
	const text = (name: string): string => textIn(answer, name);
	const { tags } = answer;
	if (!Array.isArray(tags) || tags.some((tag) => typeof tag !== 'string')) {
		throw badAnswerToQuestion("it has no list of texts 'tags'");
	}
	return {
		pass: true,
		facts: {
			altText: cutAtWord(text('altText'), altTextLength),
			title: text('title'),
			caption: text('caption'),
			tags: tags.map((tag: string) => tag.toWellFormed()),
			fileName: safe(slug(withoutEnding(text('fileName')))) || 'image',
			textSeen: text('textSeen'),
			language: text('language'),
		},
	};
}

/**
 * The node decides, not the model: every criterion passes, and the expected text can be read.
 * @param json what the model wrote
 * @returns whether it passed (a description always does), and the contract's keys
 * @throws bad_answer when the JSON does not fit the question's schema: that is never a pass
 */
export function judge(question: Question, json: string): Judgement {
	const answer = jsonOf(json);
	if (!isRecord(answer)) throw badAnswerToQuestion('it is not a JSON object');
	return question.kind === 'review' ? review(question, answer) : description(question, answer);
}
