import { estimateTurn, type TurnContext } from '../../../core/pricing/estimate-turn';
import { tableCalendar } from '../../../core/rules/calendar';
import { checkTurn, type TurnParams } from '../../../core/rules/conversation';
import { checkImageParams } from '../../../core/rules/request';
import type { ImageParams } from '../../../core/rules/request-types';

const today = tableCalendar('2026-11-20');

const square = { width: 1024, height: 1024 };
const nothing: TurnContext = { attached: [], documents: 0, earlier: [], chatTokens: 0 };

async function estimateOf(
	context: Partial<TurnContext>,
	turn: Partial<TurnParams> = {},
	image: Partial<ImageParams> = {},
) {
	const request = checkImageParams(
		{
			operation: 'send',
			model: 'gpt-image-2',
			prompt: 'A red mug',
			size: '1024x1024',
			quality: 'low',
			...image,
		},
		today,
	);
	const input = { chatModel: 'gpt-5.4', attachments: 1, ...turn };
	return await estimateTurn(
		request,
		checkTurn(request, input, today),
		{ ...nothing, ...context },
		{},
	);
}

it('is a range around the one thing that is certain: the image', async () => {
	const { price } = await estimateOf({});
	expect(price.tokens.imageOutput).toEqual({ min: 196, max: 196 });
	expect(price.parts.imageOutput).toEqual({ min: 0.00588, max: 0.00588 });
	expect(price.tokens.imageInput).toEqual({ min: 0, max: 0 });
	expect(price.exact).toBe(false);
	expect(price.usd.min).toBeGreaterThan(0.00588);
	expect(price.usd.max).toBeLessThan(0.08);
	expect(price.pricesOf).toEqual(['gpt-image-2 (2026-10-01)', 'gpt-5.4 (2026-09-23)']);
});

it('counts images of the conversation from none to all, an edit one at least', async () => {
	const context = { earlier: [square, square], attached: [square] };
	const auto = await estimateOf(context);
	expect(auto.price.tokens.imageInput).toEqual({ min: 0, max: 3 * 1024 });
	const edit = await estimateOf(context, { action: 'edit' });
	expect(edit.price.tokens.imageInput).toEqual({ min: 1024, max: 3 * 1024 });
});

it('takes 16 unknown images for a response that is not ours', async () => {
	const { price } = await estimateOf({ earlier: undefined, chatTokens: undefined });
	expect(price.tokens.imageInput.max).toBe(16 * 1536);
	expect(price.tokens.chatInput?.max).toBe(272_000);
});

it('never hands more than 16 images to the image model', async () => {
	const { price } = await estimateOf({ earlier: Array(30).fill(square) });
	expect(price.tokens.imageInput.max).toBe(16 * 1024);
});

it('goes up to the long context for documents, and adds web searches', async () => {
	const plain = await estimateOf({});
	const documents = await estimateOf({ documents: 1 });
	expect(documents.price.tokens.chatInput?.max).toBe(272_000);
	const search = await estimateOf({}, { webSearch: true });
	const more = (search.price.usd.max ?? 0) - (plain.price.usd.max ?? 0);
	// Ten searches at a cent, and 8,000 tokens of each at $2.50 per million.
	expect(more).toBeCloseTo(0.1 + 0.2, 6);
});

it('lets the chat model think for as long as its effort may take', async () => {
	const none = await estimateOf({}, { reasoningEffort: 'none' });
	const high = await estimateOf({}, { reasoningEffort: 'high' });
	expect(none.price.tokens.chatOutput?.max).toBe(2_000);
	expect(high.price.tokens.chatOutput?.max).toBe(16_000);
});

it('bounds a turn of several images', async () => {
	const { price, upperUsd } = await estimateOf({ earlier: [square] });
	expect(upperUsd(1)).toBe(price.usd.max);
	const each = (upperUsd(2) ?? 0) - (upperUsd(1) ?? 0);
	const parts = ['textInput', 'imageInput', 'imageOutput'] as const;
	const one = parts.reduce((sum, kind) => sum + (price.parts[kind].max ?? 0), 0);
	expect(each).toBeCloseTo(one, 9);
	expect(upperUsd(10)).toBeCloseTo((upperUsd(1) ?? 0) + 9 * one, 9);
});

it('has no bound for models without a price', async () => {
	const { upperUsd } = await estimateOf({}, { chatModel: 'gpt-7-nova' });
	expect(upperUsd(1)).toBeNull();
	const image = await estimateOf({}, {}, { model: 'gpt-image-9' });
	expect(image.upperUsd(1)).toBeNull();
});
