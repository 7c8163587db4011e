import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The house's rule on who may know whom (design: invariant 6), read from the import lines. */

const root = path.join(__dirname, '..', '..');
const sources = (folder: string): string[] =>
	readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.ts'))
		.map((name) => path.join(folder, name));

const importsOf = (file: string): string[] =>
	[...readFileSync(path.join(root, file), 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(
		(match) => match[1] ?? '',
	);

/** Folder of core/ that a relative import leads to: `rules`, `money`… or `` for core's own files. */
const roomOf = (file: string, target: string): string => {
	const [, ...parts] = path.normalize(path.join(path.dirname(file), target)).split(path.sep);
	return parts.length > 1 ? (parts[0] ?? '') : '';
};

it('core/ imports nothing of n8n', () => {
	for (const file of sources('core')) {
		expect([file, importsOf(file).filter((name) => /^(@n8n|n8n)/.test(name))]).toEqual([file, []]);
	}
});

it.each([
	['rules', ['rules']],
	['money', ['money', 'rules']],
	['picture', ['picture', 'rules']],
	['api', ['api', 'rules', 'money']],
])('core/%s sees only %j and the errors', (room, allowed) => {
	for (const file of sources(`core/${room}`)) {
		for (const target of importsOf(file).filter((name) => name.startsWith('.'))) {
			const seen = roomOf(file, target);
			const isErrors = seen === '' && target.endsWith('/errors');
			expect([file, target, isErrors || allowed.includes(seen)]).toEqual([file, target, true]);
		}
	}
});

it('of money/, api/ sees only the store', () => {
	for (const file of sources('core/api')) {
		const money = importsOf(file).filter((target) => roomOf(file, target) === 'money');
		for (const target of money)
			expect([file, target]).toEqual([file, expect.stringMatching(/\/store/)]);
	}
});

it('the double never imports the package', () => {
	for (const file of sources('test/openai-double')) {
		expect([file, importsOf(file).filter((name) => /\/(core|nodes)\//.test(name))]).toEqual([
			file,
			[],
		]);
	}
});
