import type { Double } from '../openai-double';
import { generate, image } from './gpt-image';
import { setUp, startAfresh } from './set-up';

/** With partial images, several images of an item are bought one by one, and one may fail. */

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => {
	startAfresh(double);
	double.faults.push({ kind: 'slow', ms: 1, times: 1 });
	double.faults.push({ kind: 'moderation', stage: 'output', times: 1 });
});

const options = { partialImages: 1, numberOfImages: 3 };
const paid = () => double.journal.filter((entry) => entry.paid > 0);

it('delivers the one before the failure, beside the failed item', async () => {
	const settings = { onError: 'continueErrorOutput' } as const;
	const { items, failed } = await generate(double, { options }, { settings });
	expect(items.map((item) => image(item).sha256)).toEqual(paid()[0]?.imageSha256);
	expect(failed).toHaveLength(1);
	expect(failed[0]?.json.details).toMatchObject({
		code: 'moderation_blocked',
		billed: 'possibly',
	});
	expect(paid()).toHaveLength(2);
});

it('says that it is paid and kept where errors stop the node, and buys only the others then', async () => {
	const { error } = await generate(double, { options });
	expect(error?.message).toContain('1 image of this run is paid and kept');
	const { items } = await generate(double, { options });
	expect(items.map((item) => image(item).request)).toMatchObject([
		{ reused: true },
		{ reused: false },
		{ reused: false },
	]);
	expect(paid()).toHaveLength(4);
});

it('asks the fallback only for those that are missing', async () => {
	const limits = { fallback: 'gpt-image-1.5' };
	const { items } = await generate(double, { options, limits });
	expect(items.map((item) => [image(item).model, image(item).index])).toEqual([
		['gpt-image-2', 1],
		['gpt-image-1.5', 2],
		['gpt-image-1.5', 3],
	]);
	expect(paid()).toHaveLength(4);
});
