import { allocate, giveBack } from '../../../core/api/memory';

it('empties a buffer of its own, also by a view of its beginning', () => {
	const made = allocate(1000);
	expect(made).toHaveLength(1000);
	const view = made.subarray(0, 900);
	giveBack(view);
	expect([made.length, view.length]).toEqual([0, 0]);
	giveBack(view);
});

it('empties a buffer that is seen whole, and leaves a part of one alone', () => {
	const whole = new Uint8Array(10).fill(7);
	giveBack(whole.subarray(1));
	expect([...whole]).toEqual(Array(10).fill(7));
	giveBack(whole);
	expect(whole).toHaveLength(0);
});

it("leaves Node's pool of small buffers alone", () => {
	const neighbour = Buffer.from('neighbour');
	giveBack(Buffer.from('small'));
	expect(neighbour.toString()).toBe('neighbour');
	expect(Buffer.from('still works').toString()).toBe('still works');
});

it('has the room of a picture that was given back for one of nearly its size', () => {
	const mebibytes = 2 ** 20;
	const first = allocate(6 * mebibytes).fill(7);
	giveBack(first);
	expect(first).toHaveLength(0);
	const [far, next, other] = [2, 5, 5].map((size) => allocate(size * mebibytes));
	const rooms = [far, next, other].map((made) => made?.buffer.byteLength);
	expect(rooms).toEqual([2 * mebibytes, 6 * mebibytes, 5 * mebibytes]);
	expect([next?.length, next?.[0], next?.at(-1)]).toEqual([5 * mebibytes, 7, 7]);
});
