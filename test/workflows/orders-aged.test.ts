import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Double } from '../openai-double';
import { generate, image, rows } from './gpt-image';
import { collect, order } from './orders';
import { newStore, rowsIn, setUp, startAfresh } from './set-up';

/** Orders of the days before: their images are pruned, and what was collected is known all the same. */

let double: Double;
let folder: string;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => (folder = startAfresh(double)));

/** So many hours pass; then an execution of another node prunes. */
async function hoursLater(hours: number): Promise<void> {
	const database = new DatabaseSync(path.join(folder, 'store.sqlite'));
	const times = ['created_at', 'changed_at', 'keep_until'];
	const set = times.map((name) => `${name} = ${name} - ${hours * 3_600_000}`).join(', ');
	database.exec(`UPDATE purchase SET ${set}; UPDATE meta SET pruned_at = 0`);
	database.close();
	await generate(double, { prompt: 'a jug' });
	const aged = "SELECT id FROM purchase WHERE key LIKE 'collected %' AND state = 'delivered'";
	while (rowsIn(folder, aged).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
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
