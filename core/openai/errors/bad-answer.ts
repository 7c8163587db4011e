/** Errors for answers with a good status and unusable content. */

import { GptImageError } from '../../errors';
import { defaultBaseUrl } from '../connection';

/** Answers that came with a good status and are not what was paid for. */
const badAnswers = {
	connection_lost: {
		message: 'The connection was lost before the image arrived',
		advice:
			'OpenAI may have billed the call. Check the proxy between n8n and OpenAI for time limits, then run again.',
	},
	answer_not_json: {
		message: 'The response is not from OpenAI: it is not JSON',
		advice:
			"A proxy or gateway responded instead. Check the 'Base URL' in the credential and the gateway's log. The call was not sent again, as it may have been billed.",
	},
	empty_answer: {
		message: 'OpenAI responded without an image',
		advice:
			'The call was not sent again, as it may have been billed. Try another model or prompt; if this continues, report the request ID to OpenAI.',
	},
	broken_image: {
		message: 'The image in the response is damaged',
		advice:
			'The call was not sent again, as it may have been billed. Check the proxy between n8n and OpenAI; if this continues, report the request ID to OpenAI.',
	},
} as const;

/**
 * An answer that is complete is never sent again by itself: it is paid for, whatever is in it.
 * @param code what is wrong with an answer that came with a good status
 * @param what kind of content came, for the message; never the content itself
 */
export function badAnswer(
	code: keyof typeof badAnswers,
	what?: string,
	cause?: unknown,
): GptImageError {
	const { message, advice } = badAnswers[code];
	return new GptImageError(what === undefined ? message : `${message} but ${what}`, {
		code,
		advice,
		retryable: code === 'connection_lost',
		billed: 'possibly',
		...(what === undefined ? {} : { received: { kind: what } }),
		cause,
	});
}

/** @param what came, as `a web page` */
export function notAnImage(what: string): GptImageError {
	const error = badAnswer('answer_not_json', what);
	if (what !== 'a web page') return error;
	return error.with({
		advice: `'Base URL' in the credential may be the address of a web page instead of an API: OpenAI's is ${defaultBaseUrl}, other services have their own. ${error.advice}`,
	});
}

const inWords = (list: readonly string[]): string => list.join(', ');

/**
 * An answer that begins a job instead of holding the image. The ID is in the message, whole: it is
 * what the user has paid for.
 */
export function imageAsJob(jobs: readonly string[], urls: readonly string[]): GptImageError {
	const where = urls.length > 0 ? ` (${inWords(urls)})` : '';
	return new GptImageError(
		`The service started a job instead of sending the image: ${inWords(jobs)}${where}`,
		{
			code: 'image_as_job',
			advice:
				"The call was not sent again, as the job has probably been billed: use this ID to get the image from the service. This node needs a service that sends the image itself; check the gateway's settings.",
			billed: 'possibly',
			received: { kind: 'a job', jobs, urls },
		},
	);
}

/**
 * An answer that says where the image is. The address is in the message, whole: it is what the user
 * has paid for.
 * @param why it was not fetched from the service itself, if that was tried
 */
export function imageAsUrl(urls: readonly string[], why: string | undefined): GptImageError {
	const tried = why === undefined ? '' : `; fetching it failed (${why})`;
	return new GptImageError(
		`The service sent the URL of the image instead of the image: ${inWords(urls)}${tried}`,
		{
			code: 'image_as_url',
			advice:
				"The image has been billed and was not requested again. Download it soon, as such URLs expire, e.g. with an HTTP Request node: this node downloads only from the host of the 'Base URL'. Set the gateway to send base64 (b64_json).",
			billed: 'yes',
			received: { kind: 'the address of an image', urls },
		},
	);
}
