import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import ts from 'typescript';
import { asFailure } from '../../core/errors';
import { limitNames } from '../../core/money/budget';
import { storageError } from '../../core/money/store';
import { prepareInput } from '../../core/picture/inputs';
import { callLabels } from '../../core/rules/calls';
import { labels } from '../../core/rules/labels';
import { checkPicture } from '../../core/rules/request';
import { readPage } from './pages';
import { codesIn } from './tables';

/** Messages and codes that pages quote, held against the texts in the code. */

const today = '2026-11-20';
const root = path.join(__dirname, '..', '..');
const names: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	labels,
	callLabels,
	limitNames,
};

/** A field's display name where the code names it, or a constant's text; else `…`. */
function valueOf(expression: ts.Expression): string {
	if (ts.isIdentifier(expression)) {
		const constant = new RegExp(`^const ${expression.text} = ["'](.+)["'];$`, 'm');
		return constant.exec(expression.getSourceFile().text)?.[1] ?? '…';
	}
	if (!ts.isPropertyAccessExpression(expression)) return '…';
	return names[expression.expression.getText()]?.[expression.name.text] ?? '…';
}

/** @returns every text in a node of the syntax tree, `…` for what the program puts in */
function textsOf(node: ts.Node): string[] {
	const texts: string[] = [];
	const visit = (one: ts.Node): void => {
		if (ts.isStringLiteralLike(one)) texts.push(one.text);
		if (ts.isTemplateExpression(one)) {
			const spans = one.templateSpans.map(
				({ expression, literal }) => valueOf(expression) + literal.text,
			);
			texts.push([one.head.text, ...spans].join(''));
		}
		// A message that is broken over lines is a sum.
		if (ts.isBinaryExpression(one) && one.operatorToken.kind === ts.SyntaxKind.PlusToken) {
			texts.push([one.left, one.right].map((part) => textsOf(part)[0] ?? '…').join(''));
		}
		ts.forEachChild(one, visit);
	};
	visit(node);
	return texts;
}

const sources = globSync('{core,nodes}/**/*.ts', { cwd: root }).map((file) =>
	ts.createSourceFile(
		file,
		readFileSync(path.join(root, file), 'utf8'),
		ts.ScriptTarget.Latest,
		true,
	),
);
const texts = sources.flatMap(textsOf);

/** Messages that the code puts together from several texts: they are provoked. */
const provoked: string[] = [];

async function provoke(work: () => unknown): Promise<void> {
	try {
		await work();
	} catch (error) {
		provoked.push(asFailure(error).message);
		return;
	}
	throw new Error('Nothing went wrong');
}

beforeAll(async () => {
	for (const code of ['ENOSPC', 'EROFS', 'EACCES', 'ENOTDIR', 'EMFILE', 'EIO']) {
		provoked.push(storageError(Object.assign(new Error(), { code }), '/data').message);
	}
	const wish = { operation: 'generate', prompt: 'a bee', quality: 'low' } as const;
	await provoke(() => checkPicture({ ...wish, model: 'gpt-image-2', size: '1000x1000' }));
	await provoke(() => checkPicture({ ...wish, model: 'gpt-image-1.5', size: '2048x2048' }, today));
	const origin = { param: 'images', label: "'Images' 1", name: 'photo.jpg' };
	const whole = await sharp({
		create: {
			background: '#888',
			width: 640,
			height: 640,
			channels: 3,
			noise: { type: 'gaussian', mean: 128, sigma: 60 },
		},
	})
		.jpeg()
		.toBuffer();
	await provoke(async () => await prepareInput(whole.subarray(0, whole.length / 2), origin));
	const heic = Buffer.concat([
		Buffer.from([0, 0, 0, 24]),
		Buffer.from('ftypheic'),
		Buffer.alloc(64),
	]);
	await provoke(async () => await prepareInput(heic, origin));
});

/** The words of a message without what differs. */
const wordsOf = (message: string): string[] => message.split('…').filter((words) => words !== '');

/** Whether `words` follow one another in `text`. */
function follow(text: string, words: readonly string[]): boolean {
	let from = 0;
	return words.every((part) => {
		const at = text.indexOf(part, from);
		from = at + part.length;
		return at >= 0;
	});
}

const isSaid = (message: string): boolean =>
	[...texts, ...provoked].some((text) => follow(text, wordsOf(message)));

const page = 'docs/troubleshooting.md';
/** n8n's own words. */
const ofN8n = ['Unrecognized node type: n8n-nodes-gpt-image.gptImage'];
const rows = (file: string): string[][] =>
	readPage(file)
		.split('\n')
		.filter((line) => /^\| [`a-z]/.test(line))
		.map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));

const quoted = rows(page).flatMap(([first = '']) => (first.startsWith('`') ? codesIn(first) : []));

it('reads the texts of the code as they are said', () => {
	expect(texts).toContain("'Output Format' svg cannot be used for edits");
	expect(texts).toContain('The picture in the answer is damaged');
	expect(isSaid('OpenAI swallowed the picture')).toBe(false);
	expect(isSaid("'Output Format' is damaged or cut off")).toBe(false);
	expect(quoted.length).toBeGreaterThan(50);
});

it.each(quoted.filter((message) => !ofN8n.includes(message)))('the code says: %s', (message) => {
	expect(isSaid(message)).toBe(true);
});

/** Values of `code`, and of what stands for it where codes are listed. */
function codes(): Set<string> {
	const found = new Set<string>();
	const visit = (node: ts.Node): void => {
		if (ts.isPropertyAssignment(node) && node.name.getText() === 'code') {
			if (ts.isStringLiteral(node.initializer)) found.add(node.initializer.text);
		}
		ts.forEachChild(node, visit);
	};
	for (const source of sources) visit(source);
	return found;
}

it('every code of ours has its row', () => {
	const inTable = new Set(
		rows(page).flatMap(([, code = '', advice]) => (advice === undefined ? [] : codesIn(code))),
	);
	const missing = [...codes()].filter((code) => !inTable.has(code));
	expect(missing).toEqual([]);
	for (const code of inTable) expect([code, texts.includes(code)]).toEqual([code, true]);
});
