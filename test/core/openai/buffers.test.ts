import { acquire, recycle } from '../../../core/openai/buffers';

it('empties a buffer of its own, also by a view of its beginning', () => {
	const made = acquire(1000);
	expect(made).toHaveLength(1000);
	const view = made.subarray(0, 900);
	recycle(view);
	expect([made.length, view.length]).toEqual([0, 0]);
	recycle(view);
});

it('empties a buffer that is seen whole, and leaves a part of one alone', () => {
	const whole = new Uint8Array(10).fill(7);
	recycle(whole.subarray(1));
	expect([...whole]).toEqual(Array(10).fill(7));
	recycle(whole);
	expect(whole).toHaveLength(0);
});

it("leaves Node's pool of small buffers alone", () => {
	const neighbour = Buffer.from('neighbour');
	recycle(Buffer.from('small'));
	expect(neighbour.toString()).toBe('neighbour');
	expect(Buffer.from('still works').toString()).toBe('still works');
});

it('has the room of an image that was given back for one of nearly its size', () => {
	const mebibytes = 2 ** 20;
	const first = acquire(6 * mebibytes).fill(7);
	recycle(first);
	expect(first).toHaveLength(0);
	const [far, next, other] = [2, 5, 5].map((size) => acquire(size * mebibytes));
	const rooms = [far, next, other].map((made) => made?.buffer.byteLength);
	expect(rooms).toEqual([2 * mebibytes, 6 * mebibytes, 5 * mebibytes]);
	expect([next?.length, next?.[0], next?.at(-1)]).toEqual([5 * mebibytes, 7, 7]);
});
