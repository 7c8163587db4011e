import { startDouble, type Double } from './index';
import { clientOf } from './testing';

let double: Double;
beforeAll(async () => {
	double = await startDouble({ drawing: 'plain' });
});
afterAll(() => double.close());
beforeEach(() => double.reset());

const parameters = {
	type: 'object',
	properties: {
		Prompt: { type: 'string' },
		Session_Key: { type: 'string' },
		Count: { type: 'number' },
		Style: { type: 'string', enum: ['flat', 'round'] },
	},
	required: ['Prompt', 'Count', 'Style'],
};
const message = 'A warmer logo session_key=chat-7';
const filled = { Session_Key: 'chat-7', Prompt: 'A warmer logo', Count: 1, Style: 'flat' };

describe('the scripted chat model', () => {
	const tools = [{ type: 'function' as const, function: { name: 'draw', parameters } }];

	it('calls the first tool with the words of the user', async () => {
		const { choices, usage } = await clientOf(double).chat.completions.create({
			model: 'gpt-5-mini',
			messages: [
				{ role: 'system', content: 'You are an agent' },
				{ role: 'user', content: message },
			],
			tools,
		});
		const call = choices[0]?.message.tool_calls?.[0];
		expect(choices[0]?.finish_reason).toBe('tool_calls');
		expect(call?.type === 'function' && call.function.name).toBe('draw');
		expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toEqual(filled);
		expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
	});

	it('quotes what the tool answered', async () => {
		const { choices } = await clientOf(double).chat.completions.create({
			model: 'gpt-5-mini',
			messages: [
				{ role: 'user', content: message },
				{
					role: 'assistant',
					tool_calls: [
						{ id: 'call_1', type: 'function', function: { name: 'draw', arguments: '{}' } },
					],
				},
				{ role: 'tool', tool_call_id: 'call_1', content: '{"cost":0.006}' },
			],
			tools,
		});
		expect(choices[0]?.message.content).toBe('The tool answered: {"cost":0.006}');
	});

	it('streams the same', async () => {
		const stream = await clientOf(double).chat.completions.create({
			model: 'gpt-4.1-mini',
			messages: [{ role: 'user', content: message }],
			tools,
			stream: true,
			stream_options: { include_usage: true },
		});
		const chunks = [];
		for await (const chunk of stream) chunks.push(chunk);
		expect(chunks[0]?.choices[0]?.delta.tool_calls?.[0]?.function?.arguments).toBe(
			JSON.stringify(filled),
		);
		expect(chunks[1]?.choices[0]?.finish_reason).toBe('tool_calls');
		expect(chunks[2]?.usage?.prompt_tokens).toBeGreaterThan(0);
	});

	it('talks when there is no tool', async () => {
		const { choices } = await clientOf(double).chat.completions.create({
			model: 'gpt-5-mini',
			messages: [{ role: 'user', content: 'Hello' }],
		});
		expect(choices[0]?.message.content).toBe('I read "Hello".');
	});
});

it('does the same in the Responses API', async () => {
	const tools = [{ type: 'function' as const, name: 'draw', parameters, strict: false }];
	const asked = await clientOf(double).responses.create({
		model: 'gpt-5-mini',
		input: message,
		tools,
	});
	const [call] = asked.output;
	if (call?.type !== 'function_call') throw new Error('No function call');
	expect(JSON.parse(call.arguments)).toEqual(filled);
	const told = await clientOf(double).responses.create({
		model: 'gpt-5-mini',
		previous_response_id: asked.id,
		input: [{ type: 'function_call_output', call_id: call.call_id, output: '{"ok":true}' }],
		tools,
	});
	expect(told.output_text).toBe('The tool answered: {"ok":true}');
});
