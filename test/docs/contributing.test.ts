import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readPage } from '../../scripts/docs/pages';

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
