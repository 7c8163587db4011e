import { tableCalendar } from '../../core/rules/calendar';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import ts from 'typescript';
import { builtInRows } from '../../core/rules/model-table';
import { withOwnModels } from '../../core/rules/own-models';
import { checkDeployments } from '../../core/rules/deployments';
import { checkConnection } from '../../core/openai/connection';
import { errorCodes, toGptImageError } from '../../core/errors';
import { warningCodes } from '../../core/job';
import { prepareInput } from '../../core/pixels/input';
import { labels } from '../../core/rules/labels';
import { checkImageParams } from '../../core/rules/request';
import { inWords } from '../../core/store/trouble';
import { readPage } from '../../scripts/docs/pages';
import { codesIn } from './tables';
import { exportWarningCodes } from '../../core/rules/export';

/** Messages and codes that pages quote, held against the texts in the code. */

const today = tableCalendar('2026-11-20');
const root = path.join(__dirname, '..', '..');
const names: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	labels,
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
		provoked.push(toGptImageError(error).message);
		return;
	}
	throw new Error('Nothing went wrong');
}

beforeAll(async () => {
	for (const code of ['ENOSPC', 'EROFS', 'EACCES', 'ENOTDIR', 'EMFILE', 'EIO']) {
		provoked.push(inWords(Object.assign(new Error(), { code })));
	}
	const params = { operation: 'generate', prompt: 'a bee', quality: 'low' } as const;
	await provoke(() =>
		checkImageParams({ ...params, model: 'gpt-image-2', size: '1000x1000' }, today),
	);
	await provoke(() =>
		checkImageParams({ ...params, model: 'gpt-image-1.5', size: '2048x2048' }, today),
	);
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
	const headers = { values: [{ name: 'host', value: 'x' }] };
	for (const credential of [
		{ baseUrl: 'openai' },
		{ baseUrl: 'https://api.openai.com/v1/images/generations' },
		{ baseUrl: 'https://platform.openai.com' },
		{ service: 'azure' },
		{ headers },
	]) {
		await provoke(async () => checkConnection({ apiKey: 'sk-1', ...credential }));
	}
	await provoke(async () => checkDeployments('gpt-image-2'));
	const models = '{"models":[{"id":"gpt-image-2","qualites":[]}]}';
	await provoke(async () => withOwnModels(models, 'models.json', builtInRows));
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
const ofN8n = [
	'Installation of unverified community packages is forbidden!',
	"N8N_COMMUNITY_PACKAGES: no checksum available for 'n8n-nodes-gpt-image' and unverified packages are disabled",
	'Unrecognized node type: n8n-nodes-gpt-image.gptImage',
];
const rowsIn = (text: string): string[][] =>
	text
		.split('\n')
		.filter((line) => /^\| [`a-z]/.test(line))
		.map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));

const quoted = rowsIn(readPage(page)).flatMap(([first = '']) =>
	first.startsWith('`') ? codesIn(first) : [],
);

it('reads the texts of the code as they are said', () => {
	expect(texts).toContain(
		"'Final Quality' regenerates the last image, but the conversation has none yet",
	);
	expect(texts).toContain('The image in the response is damaged');
	expect(isSaid('OpenAI swallowed the image')).toBe(false);
	expect(isSaid("'Output Format' is damaged or cut off")).toBe(false);
	expect(quoted.length).toBeGreaterThan(50);
});

it.each(quoted.filter((message) => !ofN8n.includes(message)))('the code says: %s', (message) => {
	expect(isSaid(message)).toBe(true);
});

/** @returns the codes of a part's tables, each once */
const codesOf = (lines: string[][]): string[] => [
	...new Set(lines.flatMap(([, code = '', advice]) => (advice === undefined ? [] : codesIn(code)))),
];
const isWarnings = (part: string): boolean => part.startsWith('## Warnings');
const parts = readPage(page).split(/^(?=## )/m);

it('every code of an error has its row, and no other has', () => {
	const others = parts.filter((part) => !isWarnings(part)).flatMap(rowsIn);
	expect(codesOf(others).toSorted()).toEqual([...errorCodes].toSorted());
});

it('every code of a warning has its row, and no other has', () => {
	const warnings = parts.filter(isWarnings).flatMap(rowsIn);
	expect(codesOf(warnings).toSorted()).toEqual([...warningCodes, ...exportWarningCodes].toSorted());
});
