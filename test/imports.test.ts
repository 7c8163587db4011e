import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Who may import whom (CONTRIBUTING, "Overview of the code"), read from the import lines; types count. */

const root = path.join(__dirname, '..');

interface Import {
	/** The file and line that imports. */
	readonly at: string;
	readonly file: string;
	/** A package's name, or a path from the repository's root. */
	readonly target: string;
}

const sources = (folder: string): ReadonlyArray<{ readonly file: string; readonly text: string }> =>
	readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.ts'))
		.map((name) => path.join(folder, name))
		.map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));

function importsOf(folder: string): Import[] {
	return sources(folder).flatMap(({ file, text }) => {
		return [...text.matchAll(/(?:\bfrom|\bimport\(|\brequire\()\s*'([^']+)'/g)].map((match) => {
			const line = text.slice(0, match.index).split('\n').length;
			const name = match[1] ?? '';
			const target = name.startsWith('.') ? path.join(path.dirname(file), name) : name;
			return { at: `${file}:${line}`, file, target };
		});
	});
}

/** Each room of core/, and what it may import besides itself and core/errors. */
const allowed: ReadonlyArray<readonly [string, readonly string[]]> = [
	['core/errors', []],
	['core/clock', []],
	['core/rules/', []],
	['core/pricing/', ['core/rules/']],
	['core/pixels/', ['core/rules/']],
	['core/openai/', ['core/rules/', 'core/clock']],
	['core/job', ['core/rules/', 'core/pricing/money']],
	['core/calls/', ['core/job', 'core/rules/', 'core/pricing/', 'core/pixels/', 'core/openai/']],
	['core/store/', ['core/job', 'core/pricing/money']],
	[
		'core/purchase/',
		['core/job', 'core/store/', 'core/pricing/money', 'core/rules/limits', 'core/clock'],
	],
	['core/run/', ['core/purchase/', 'core/store/', 'core/job']],
];

it('core/ imports nothing of n8n', () => {
	const refused = importsOf('core').filter(({ target }) => /^(@n8n|n8n)/.test(target));
	expect(refused.map(({ at, target }) => `${at} imports ${target}`)).toEqual([]);
});

it('every file of core/ stands in a room', () => {
	const homeless = importsOf('core').filter(
		({ file }) => !allowed.some(([room]) => file.startsWith(room)),
	);
	expect(homeless.map(({ at }) => at)).toEqual([]);
});

it.each(allowed)('%s imports only %j, itself and the errors', (room, others) => {
	const refused = importsOf('core').filter(
		(line) =>
			line.file.startsWith(room) &&
			line.target.startsWith('core/') &&
			![room, 'core/errors', ...others].some((name) => line.target.startsWith(name)),
	);
	expect(refused.map(({ at, target }) => `${at} imports ${target}`)).toEqual([]);
});

it('nothing but nodes/ imports nodes/', () => {
	const refused = [...importsOf('core'), ...importsOf('credentials')].filter(({ target }) =>
		target.startsWith('nodes/'),
	);
	expect(refused.map(({ at, target }) => `${at} imports ${target}`)).toEqual([]);
});

it("nodes/ uses of n8n-workflow what n8n 2.0 has; what came later is asked for with '?.'", () => {
	const has = ['ExpressionError', 'NodeApiError', 'NodeConnectionTypes', 'NodeOperationError'];
	const helpers = ['isResourceLocatorValue', 'updateDisplayOptions'];
	const later = sources('nodes').flatMap(({ file, text }) =>
		[...text.matchAll(/import \{([^}]*)\} from 'n8n-workflow'/g)].flatMap(([, names = '']) =>
			names
				.split(',')
				.map((name) => name.trim())
				.filter((name) => name !== '' && !name.startsWith('type '))
				.filter((name) => ![...has, ...helpers].includes(name))
				.filter((name) => text.replaceAll(`${name}?.(`, '').split(name).length > 2)
				.map((name) => `${file} uses ${name}`),
		),
	);
	expect(later).toEqual([]);
});

it('the mock server never imports the package', () => {
	const refused = importsOf('test/openai-double').filter(({ target }) =>
		/^(core|nodes)\//.test(target),
	);
	expect(refused.map(({ at, target }) => `${at} imports ${target}`)).toEqual([]);
});
