'use strict';

/**
 * Moves the clock of this process, and of each child that inherits NODE_OPTIONS, by a number of
 * milliseconds. Times of files move along, so that a file written now is not months old. Jest gives
 * every test file globals of its own, so the file is also one of its setup files.
 */

const fs = require('node:fs');
const offset = Number(process.env.CLOCK_OFFSET_MS ?? 0);
const RealDate = Date;

class ShiftedDate extends RealDate {
	constructor(...given) {
		if (given.length === 0) super(RealDate.now() + offset);
		else super(...given);
	}
	static now() {
		return RealDate.now() + offset;
	}
}
// `Date()` without `new` is a text; classes cannot be called.
globalThis.Date = new Proxy(ShiftedDate, {
	apply: () => new ShiftedDate().toString(),
});

const inReal = (time) =>
	typeof time === 'number' ? time - offset / 1000 : new RealDate(time.getTime() - offset);

function shifted(stats) {
	for (const name of ['atimeMs', 'mtimeMs', 'ctimeMs', 'birthtimeMs']) {
		if (typeof stats[name] === 'number') stats[name] += offset;
	}
	return stats;
}

/** The module is one for all test files of a process, so it is changed once. */
const done = Symbol.for('shifted clock');
if (!fs[done]) {
	fs[done] = true;
	for (const name of ['statSync', 'lstatSync', 'fstatSync']) {
		const real = fs[name];
		fs[name] = (...given) => {
			const stats = real(...given);
			return stats && shifted(stats);
		};
	}
	for (const name of ['stat', 'lstat']) {
		const real = fs.promises[name];
		fs.promises[name] = async (...given) => shifted(await real(...given));
	}
	const { utimesSync } = fs;
	const { utimes } = fs.promises;
	fs.utimesSync = (path, access, change) => utimesSync(path, inReal(access), inReal(change));
	fs.promises.utimes = async (path, access, change) =>
		await utimes(path, inReal(access), inReal(change));
}
