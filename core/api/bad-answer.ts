import { GptImageError } from '../errors';

/** Answers that came with a good status and are not what was paid for. */
const badAnswers = {
	connection_lost: [
		'The connection broke before the picture had arrived',
		'OpenAI may have billed the call. Check the proxy between n8n and OpenAI for time limits, then run again.',
	],
	answer_not_json: [
		'The answer is not from OpenAI: it is not JSON',
		"A proxy or gateway answered instead. Check the 'Base URL' in the credential and the gateway's log.",
	],
	empty_answer: [
		'OpenAI answered without a picture',
		'Run again; if it stays so, try another model or prompt and report the request ID to OpenAI.',
	],
	broken_image: [
		'The picture in the answer is damaged',
		'Run again; if it stays so, check the proxy between n8n and OpenAI and report the request ID to OpenAI.',
	],
} as const;

/**
 * @param code what is wrong with an answer that came with a good status
 * @param body the answer, of which only the kind is told, never the content
 */
export function badAnswer(
	code: keyof typeof badAnswers,
	body?: string,
	cause?: unknown,
): GptImageError {
	const [message, advice] = badAnswers[code];
	const isHtml = body !== undefined && /^\s*<(?:!doctype|html)/i.test(body);
	return new GptImageError(isHtml ? `${message} but a web page` : message, {
		code,
		advice,
		retryable: true,
		billed: 'possibly',
		cause,
	});
}
