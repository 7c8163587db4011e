import { fieldsOf, isRecord } from '../../../core/rules/json';

it.each([
	['an object', { a: 1 }, true],
	['a list', [1], false],
	['bytes', Buffer.from('abc'), false],
	['nothing', null, false],
])('%s has named fields or none', (_name, value, expected) => {
	expect(isRecord(value)).toBe(expected);
	expect(Object.keys(fieldsOf(value))).toEqual(expected ? ['a'] : []);
});
