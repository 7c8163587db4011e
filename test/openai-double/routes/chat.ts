import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { ChatCompletion } from 'openai/resources/chat/completions';
import { findMarker, withoutMarkers } from '../faults';
import { serve, type Call } from '../http/call';
import { faultAfter, faultBefore } from '../http/faulty';
import { missingParameter } from '../rules/errors';
import { isRecord, Params } from '../rules/params';
import { textTokens } from '../rules/tokens';
import { scriptedArguments } from '../responses/functionScript';
import { checkChatModel } from '../responses/turn';
import type { State } from '../state';

/** A scripted chat model, enough for an agent: it calls the first tool once and quotes its answer. */
export function addChat(app: FastifyInstance, state: State): void {
	serve(app, state, 'POST', '/v1/chat/completions', complete, { paid: true });
}

type Message = ChatCompletion['choices'][number]['message'];

async function complete(call: Call): Promise<void> {
	const body = await call.json();
	const params = new Params(body);
	const model = checkChatModel(params.requiredText('model'), call);
	const messages = (params.list('messages') ?? []).filter(isRecord);
	if (messages.length === 0) throw missingParameter('messages');
	const asked = textOf(messages.findLast(({ role }) => role === 'user'));
	if (await faultBefore(call, asked)) return;
	await call.state.wait(call.fault('slow')?.ms ?? 0);
	if (await faultAfter(call)) return;
	const message = nextMessage(messages, params.list('tools') ?? [], asked);
	const answer = completion(model, messages, message);
	if (params.flag('stream')) return streamed(call, answer, body);
	await call.send(200, answer);
}

function nextMessage(
	messages: Record<string, unknown>[],
	tools: unknown[],
	asked: string,
): Message {
	const base = { role: 'assistant', content: null, refusal: null } as const;
	const last = messages.at(-1);
	if (last?.role === 'tool') return { ...base, content: `The tool answered: ${textOf(last)}` };
	const [tool] = tools.filter(isRecord);
	const definition = tool && isRecord(tool.function) ? tool.function : undefined;
	if (!definition || findMarker(asked, 'talk')) {
		return { ...base, content: `I read "${withoutMarkers(asked)}".` };
	}
	const name = String(definition.name);
	const values = scriptedArguments({ name, parameters: definition.parameters }, asked);
	return {
		...base,
		tool_calls: [
			{
				id: `call_${randomBytes(12).toString('hex')}`,
				type: 'function',
				function: { name, arguments: JSON.stringify(values) },
			},
		],
	};
}

function textOf(message: Record<string, unknown> | undefined): string {
	const content = message?.content;
	if (typeof content === 'string') return content;
	if (!Array.isArray(content)) return '';
	return content
		.map((part: unknown) => (isRecord(part) && typeof part.text === 'string' ? part.text : ''))
		.join('\n');
}

function completion(
	model: string,
	messages: Record<string, unknown>[],
	message: Message,
): ChatCompletion {
	const prompt = messages.reduce((sum, sent) => sum + 4 + textTokens(textOf(sent)), 3);
	const answered = textTokens(JSON.stringify(message.tool_calls ?? message.content));
	return {
		id: `chatcmpl-${randomBytes(16).toString('hex')}`,
		object: 'chat.completion',
		created: Math.floor(Date.now() / 1000),
		model,
		choices: [
			{
				index: 0,
				message,
				finish_reason: message.tool_calls ? 'tool_calls' : 'stop',
				logprobs: null,
			},
		],
		usage: {
			prompt_tokens: prompt,
			completion_tokens: answered,
			total_tokens: prompt + answered,
		},
	};
}

function streamed(call: Call, answer: ChatCompletion, body: Record<string, unknown>): void {
	const { choices, usage, ...about } = answer;
	const [choice] = choices;
	const raw = call.raw(200, { 'content-type': 'text/event-stream; charset=utf-8' });
	const send = (more: object) =>
		raw.write(
			`data: ${JSON.stringify({ ...about, object: 'chat.completion.chunk', ...more })}\n\n`,
		);
	const delta = {
		role: 'assistant',
		content: choice?.message.content,
		tool_calls: choice?.message.tool_calls?.map((tool, index) => ({ ...tool, index })),
	};
	send({ choices: [{ index: 0, delta, finish_reason: null }] });
	send({ choices: [{ index: 0, delta: {}, finish_reason: choice?.finish_reason }] });
	if (isRecord(body.stream_options) && body.stream_options.include_usage) {
		send({ choices: [], usage });
	}
	call.finish(200);
	raw.end('data: [DONE]\n\n');
}
