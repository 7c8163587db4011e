import type { IDataObject } from 'n8n-workflow';
import type { Double } from '../openai-double';
import { generate, type NodeRun } from './gpt-image';
import { setUp } from './set-up';

/** Failed items whose input has fields of the names that the contract's failed item has. */

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => double.reset());

const blocked = '[[moderation]] a mug';
const advice = expect.stringContaining('Change the prompt');
const said = expect.stringContaining('moderation blocked');
/** As Telegram's trigger gives it. */
const telegram = {
	update_id: 7,
	message: { message_id: 12, chat: { id: 4711, type: 'private' }, text: 'a mug' },
};

const fail = async (
	json: IDataObject,
	onError: 'continueRegularOutput' | 'continueErrorOutput',
) => {
	const settings: NodeRun['settings'] = { onError };
	const result = await generate(double, { prompt: blocked }, { items: [{ json }], settings });
	expect(result.error).toBeUndefined();
	const items = onError === 'continueErrorOutput' ? result.failed : result.items;
	expect(items).toHaveLength(1);
	return items[0]?.json ?? {};
};
const detailsOf = ({ details }: IDataObject) => details as IDataObject;

describe('continue (regular output): nothing of the input is lost', () => {
	const regular = async (json: IDataObject) => await fail(json, 'continueRegularOutput');

	it("a Telegram trigger's message stays where it is", async () => {
		const json = await regular(telegram);
		expect(json).toEqual({ ...telegram, error: said, details: expect.anything() });
		expect(detailsOf(json)).toMatchObject({ code: 'moderation_blocked', advice });
		expect(detailsOf(json)).not.toHaveProperty('input');
	});

	it.each<[string, unknown]>([
		['text', 'hello'],
		['an empty text', ''],
		['null', null],
		['0', 0],
		['a list', ['a']],
	])('a message that is %s', async (_what, message) => {
		const json = await regular({ message } as IDataObject);
		expect(json.message).toEqual(message);
		expect(json.error).toEqual(said);
	});

	it('error and details of the input stand in details.input', async () => {
		const own = { row: 3, error: { code: 'E7' }, details: ['a', 'b'] };
		const json = await regular(own);
		expect(json).toMatchObject({ row: 3, error: said, message: advice });
		expect(detailsOf(json)).toMatchObject({
			code: 'moderation_blocked',
			advice,
			input: { error: { code: 'E7' }, details: ['a', 'b'] },
		});
	});

	it('all three at once', async () => {
		const json = await regular({ ...telegram, error: null, details: 'none' });
		expect(json).toMatchObject({ ...telegram, error: said });
		expect(detailsOf(json).input).toEqual({ error: null, details: 'none' });
	});

	it('fields without a clash: the item is as before', async () => {
		const json = await regular({ row: 1, inputError: 'x' });
		expect(json).toEqual({
			row: 1,
			inputError: 'x',
			error: said,
			message: advice,
			details: {
				code: 'moderation_blocked',
				advice,
				status: 400,
				type: 'image_generation_user_error',
				requestId: expect.any(String),
				retryable: false,
				billed: 'no',
				prompt: blocked,
				itemIndex: 0,
			},
		});
	});

	it('an item that failed before gets the new advice, and keeps why it failed before', async () => {
		const first = await fail({ row: 1 }, 'continueRegularOutput');
		const earlier = {
			...first,
			message: 'Add a size.',
			details: { ...detailsOf(first), advice: 'Add a size.' },
		};
		const json = await regular(earlier);
		expect(json).toMatchObject({ row: 1, error: said, message: advice });
		expect(detailsOf(json).input).toEqual({
			error: said,
			message: 'Add a size.',
			details: earlier.details,
		});
	});
});

describe('continue (using error output): the failed item leaves by it, whatever the input has', () => {
	const error = async (json: IDataObject) => await fail(json, 'continueErrorOutput');

	it("a Telegram trigger's message gives way to the advice and stands in details.input", async () => {
		const json = await error(telegram);
		expect(json).toMatchObject({ update_id: 7, error: said, message: advice });
		expect(detailsOf(json)).toMatchObject({
			code: 'moderation_blocked',
			advice,
			input: { message: telegram.message },
		});
	});

	it('error and details of the input as well', async () => {
		const json = await error({ row: 3, error: 'old', details: 5, message: '' });
		expect(json).toMatchObject({ row: 3, error: said, message: advice });
		expect(detailsOf(json).input).toEqual({ error: 'old', details: 5, message: '' });
	});

	it('a success whose input has such fields is no failure', async () => {
		const result = await generate(
			double,
			{},
			{
				items: [{ json: { ...telegram, error: 'old', details: 5 } }],
				settings: { onError: 'continueErrorOutput' },
			},
		);
		expect(result.failed).toEqual([]);
		expect(result.items[0]?.json).toMatchObject({ ...telegram, error: 'old', details: 5 });
	});
});
