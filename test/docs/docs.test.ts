import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pages, readPage } from '../../scripts/docs/pages';

const root = path.join(__dirname, '..', '..');

it.each(pages.map(({ file, make }) => [file, make] as const))(
	'%s says what the code says (else run `npm run docs`)',
	(file, make) => {
		expect(make(readPage(file))).toBe(readPage(file));
	},
);

const markdown = [
	'README.md',
	'CONTRIBUTING.md',
	'CHANGELOG.md',
	'examples/README.md',
	'test/openai-double/README.md',
].concat(
	readdirSync(path.join(root, 'docs'))
		.filter((name) => name.endsWith('.md'))
		.map((name) => `docs/${name}`),
);

/** GitHub's anchor of a heading. */
const anchor = (heading: string): string =>
	heading
		.replace(/\]\([^)]*\)/g, '')
		.toLowerCase()
		.replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
		.trim()
		.replaceAll(' ', '-');

it.each(markdown)('every relative link of %s leads somewhere', (file) => {
	const text = readFileSync(path.join(root, file), 'utf8');
	const links = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)]
		.map((match) => match[1] ?? match[2] ?? '')
		.filter((link) => !/^[a-z]+:/.test(link));
	for (const link of links) {
		const [target = '', fragment] = link.split('#');
		const full =
			target === '' ? path.join(root, file) : path.join(root, path.dirname(file), target);
		expect([link, existsSync(full)]).toEqual([link, true]);
		if (!fragment) continue;
		const headings = readFileSync(full, 'utf8').matchAll(/^#+ (.+)$/gm);
		expect([link, [...headings].map((match) => anchor(match[1] ?? ''))]).toEqual([
			link,
			expect.arrayContaining([fragment]),
		]);
	}
});
