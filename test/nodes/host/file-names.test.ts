import * as naming from '../../../core/pixels/file-name';
import { fileNamesOf, type WantedName } from '../../../nodes/host/file-names';

const parts = {
	...{ prompt: 'A mug', model: 'gpt-image-2', index: 1, count: 1, width: 8, height: 8 },
	...{ format: 'png' as const, date: new Date(0) },
};
const wanted: WantedName = { template: '{prompt}', prompt: 'A mug', model: 'gpt-image-2' };

it('numbers items in their order, whichever is finished first', () => {
	const nameOf = fileNamesOf(new Map([0, 1, 2].map((itemIndex) => [itemIndex, wanted])));
	expect([2, 0, 1].map((itemIndex) => nameOf(itemIndex, parts))).toEqual([
		'a-mug-3.png',
		'a-mug.png',
		'a-mug-2.png',
	]);
	expect([0, 1].map((itemIndex) => nameOf(itemIndex, parts))).toEqual([
		'a-mug-4.png',
		'a-mug-5.png',
	]);
});

it('does not take a number that another prompt has', () => {
	const nameOf = fileNamesOf(new Map([0, 1, 2].map((itemIndex) => [itemIndex, wanted])));
	expect(nameOf(0, { ...parts, prompt: 'A mug 2' })).toBe('a-mug-2.png');
	expect([1, 2].map((itemIndex) => nameOf(itemIndex, parts))).toEqual([
		'a-mug-3.png',
		'a-mug-4.png',
	]);
});

it('does not try every number again for each of 1,000 collected images of one prompt', () => {
	const spy = jest.spyOn(naming, 'fileName');
	const names = new Map<number, WantedName>();
	const nameOf = fileNamesOf(names);
	let last = '';
	for (let row = 0; row < 1_000; row++) {
		names.set(row, wanted);
		last = nameOf(row, parts);
	}
	expect(last).toBe('a-mug-1000.png');
	expect(spy.mock.calls.length).toBeLessThan(4_000);
});
