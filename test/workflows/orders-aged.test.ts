import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Double } from '../openai-double';
import { flatPng } from '../openai-double/testing';
import { inSession, say } from './conversations';
import { generate, image, messagesOf, rows } from './gpt-image';
import { collect, order, orderThenFail } from './orders';
import { newStore, rowsIn, setUp, startAfresh } from './set-up';

/** Orders of the days before: their images are pruned, and what was collected is known all the same. */

let double: Double;
let folder: string;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => (folder = startAfresh(double)));

/** So many hours pass; then an execution of another node prunes, among others what it bought before. */
async function hoursLater(hours: number): Promise<void> {
	await generate(double, { prompt: 'a jug' });
	const database = new DatabaseSync(path.join(folder, 'store.sqlite'));
	const times = ['created_at', 'changed_at', 'keep_until'];
	const set = times.map((name) => `${name} = ${name} - ${hours * 3_600_000}`).join(', ');
	database.exec(`UPDATE purchase SET ${set}; UPDATE meta SET pruned_at = 0`);
	database.close();
	await generate(double, { prompt: 'a jug' });
	const jugs = "state = 'delivered' AND session IS NULL AND key NOT LIKE 'collected %'";
	const count = `SELECT id FROM purchase WHERE ${jugs}`;
	while (rowsIn(folder, count).length > 1) await new Promise((resolve) => setTimeout(resolve, 50));
}

it('gives nothing once more in the next night', async () => {
	const { items } = await order(double, rows('a mug', 'a cup'));
	expect((await collect(double)).images).toHaveLength(2);
	await hoursLater(25);
	expect(await collect(double)).toMatchObject({ images: [], failed: [], open: [] });
	// By then, all of it is closed.
	await hoursLater(25);
	const by = { collectFrom: 'id', orderId: Object(image(items[0]).order).id };
	expect(await collect(double, by)).toMatchObject({ images: [], failed: [], open: [] });
});

it('gives nothing once more by its ID, where nothing is known of the order', async () => {
	const { items } = await order(double, rows('a mug'));
	folder = newStore();
	const by = { collectFrom: 'id', orderId: Object(image(items[0]).order).id };
	expect((await collect(double, by)).images).toHaveLength(1);
	await hoursLater(25);
	expect((await collect(double, by)).images).toEqual([]);
});

it('a session goes on from the last image, which came in the background', async () => {
	const parameters = { ...inSession('s'), delivery: 'background' };
	await say(double, 'A mug', parameters);
	await collect(double);
	await say(double, 'In blue', parameters);
	expect((await collect(double)).images).toHaveLength(1);
	await collect(double);
	await hoursLater(25);
	double.expire();
	const { items } = await say(double, 'Larger', {
		...inSession('s'),
		options: { onLostContext: 'restart' },
	});
	expect(messagesOf(items[0]).join()).toContain('it was restarted from its last image');
	// The one before it is needed no more.
	const left = 'SELECT n FROM part WHERE sha256 IS NOT NULL AND record LIKE \'%"turn":%\'';
	expect(rowsIn(folder, left)).toHaveLength(2);
});

it('a session goes on from the turn before one that failed in the background', async () => {
	await say(double, 'A mug', inSession('s'));
	double.options.backgroundHeld = true;
	await say(double, 'A fight', { ...inSession('s'), delivery: 'background' });
	expect((await collect(double, { options: { cancel: true } })).failed).toHaveLength(1);
	double.options.backgroundHeld = false;
	await collect(double);
	await hoursLater(25);
	const { items, error } = await say(double, 'In blue', inSession('s'));
	expect(error).toBeUndefined();
	expect(items).toHaveLength(1);
	const drawn = double.journal.filter(({ lineage }) => lineage !== undefined);
	expect(drawn.at(-1)?.lineage).toEqual(['A mug', 'In blue']);
});

it('reads an image again that was damaged before anybody had it', async () => {
	await order(double, rows('a mug', 'a cup'));
	await collect(double, {}, { fails: true });
	const sql = "SELECT id FROM purchase WHERE key LIKE 'collected %' ORDER BY created_at";
	const [one] = rowsIn<{ id: string }>(folder, sql);
	const id = String(one?.id);
	writeFileSync(path.join(folder, 'images', id.slice(0, 2), `${id}-0.png`), 'damaged');
	const { images, failed } = await collect(double);
	expect(failed).toEqual([]);
	expect(images.map((item) => [item.json.what, Object(image(item).request).reused])).toEqual(
		expect.arrayContaining([
			[expect.any(String), true],
			[expect.any(String), false],
		]),
	);
	expect(new Set(images.map(({ json }) => json.what))).toEqual(new Set(['a mug', 'a cup']));
	expect((await collect(double)).images).toEqual([]);
});

it('says so when the original of an ordered edit is lost, whose pixels cannot be restored', async () => {
	const data = (await flatPng(1024, 1024)).toString('base64');
	const photo = { data: { data, mimeType: 'image/png', fileName: 'photo.png' } };
	const box = { maskSource: 'box', boxX: 25, boxY: 25, boxWidth: 50, boxHeight: 50 };
	const images = { values: [{ source: 'field', field: 'data' }] };
	const items = [{ json: { what: 'add a lamp' }, binary: photo }];
	await order(double, items, { operation: 'edit', size: 'input', images, ...box });
	const sql = "SELECT id FROM purchase WHERE state = 'ordered'";
	const id = String(rowsIn<{ id: string }>(folder, sql)[0]?.id);
	rmSync(path.join(folder, 'images', id.slice(0, 2)), { recursive: true });
	const collected = await collect(double);
	expect(messagesOf(collected.images[0])).toContain(
		'The image is as OpenAI sent it; the original pixels were not restored: the store no longer has the original',
	);
});

it('says that nothing is ordered where the order of a failed execution was collected since', async () => {
	await orderThenFail(double, rows('a'));
	expect((await collect(double)).images).toHaveLength(1);
	await collect(double);
	const again = await order(double, rows('a'));
	expect(image(again.items[0])).toMatchObject({
		order: { status: 'collected' },
		warnings: [{ code: 'order_collected' }],
	});
	const [anew] = (await order(double, rows('a'))).items;
	expect(image(anew)).toMatchObject({ order: { status: 'validating' }, warnings: [] });
});

it('refuses rows that are too large to be kept, before anything is sent', async () => {
	const items = rows('a', 'b').map(({ json }) => ({ json: { ...json, photo: 'A'.repeat(9e6) } }));
	for (const { error } of [
		await order(double, items),
		await say(double, 'A mug', { delivery: 'background' }, { items }),
	])
		expect(error?.message).toContain(
			'The fields of this item are too large to be kept with an order',
		);
	expect(double.journal).toEqual([]);
	const large = rows('a').map(({ json }) => ({ json: { ...json, photo: 'A'.repeat(6e6) } }));
	await order(double, large);
	expect((await collect(double)).images[0]?.json.photo).toHaveLength(6e6);
});
