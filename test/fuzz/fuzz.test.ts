import { round } from './round';
import { targets } from './targets';

/** A small part of `npm run test:fuzz`, the same on every run. */

const names = [
	'images',
	'drawings',
	'answers',
	'turns',
	'questions',
	'batches',
	'drawn answers',
	'exports',
	'fonts',
	'errors',
	'parameters',
	'charts',
];

it.each(names)('%s, mutated, end well or with an error of ours', async (name) => {
	const target = (await targets()).find((one) => one.name === name);
	if (!target) throw new Error(`No target ${name}`);
	for (let seed = 1; seed <= 25; seed++) {
		expect({ seed, wrong: await round(target, seed, false) }).toEqual({ seed, wrong: undefined });
	}
});
