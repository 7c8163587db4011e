import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readPage } from '../../scripts/docs/pages';
import { codesIn } from './tables';

const manifest = JSON.parse(readFileSync(path.join(__dirname, '../../package.json'), 'utf8')) as {
	readonly scripts: Readonly<Record<string, string>>;
};

it('CONTRIBUTING.md names every npm script, and none that there is not', () => {
	const text = readPage('CONTRIBUTING.md');
	const named = [...text.matchAll(/npm (?:run )?([a-z][a-z:0-9]*)/g)].map(([, name = '']) => name);
	// npm runs these by itself.
	const own = Object.keys(manifest.scripts).filter((name) => !/^(pre|post)/.test(name));
	expect([...new Set(named)].filter((name) => name !== 'ci').toSorted()).toEqual(own.toSorted());
});

it('every file and folder that CONTRIBUTING.md names is there', () => {
	const cwd = path.join(__dirname, '../..');
	const text = readPage('CONTRIBUTING.md').replace(/^```[^]*?^```/gm, '');
	const named = codesIn(text).filter((code) =>
		/^(core|nodes|credentials|migrate|scripts|test|docs|examples|bench)\/\S*$/.test(code),
	);
	expect(named.length).toBeGreaterThan(30);
	expect(named.filter((name) => globSync(name, { cwd }).length === 0)).toEqual([]);
});
