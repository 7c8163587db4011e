/** Calls that end without an answer of the API. What was surely not sent was surely not billed. */

import { GptImageError } from '../../errors';
import { labels } from '../../rules/labels';
import { isRecord, textOf } from '../../rules/json';
import { badAnswer } from './bad-answer';

/** What of the request a message may name. */
export interface CallContext {
	readonly model: string;
	/** The caller's own limit, where it has run out. */
	readonly timedOutMs?: number;
	readonly aborted?: boolean;
	/** Where images come from; those of an edit, whose API names them itself, from 'Images'. */
	readonly inputs?: 'attachments' | 'images';
}

/** Codes of errors that come before a byte of the request has left this machine. */
const notSentCodes = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'CERT_HAS_EXPIRED',
	'DEPTH_ZERO_SELF_SIGNED_CERT',
	'SELF_SIGNED_CERT_IN_CHAIN',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
	'UNABLE_TO_GET_ISSUER_CERT',
	'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
	'CERT_NOT_YET_VALID',
	'CERT_REVOKED',
	'CERT_UNTRUSTED',
	'INVALID_CA',
	'ERR_TLS_CERT_ALTNAME_INVALID',
]);

function networkCode(error: unknown): string | undefined {
	let current: unknown = error;
	for (let depth = 0; depth < 6 && isRecord(current); depth++) {
		const code = textOf(current.code);
		if (code && /^[A-Z][A-Z0-9_]+$/.test(code)) return code;
		current = current.cause;
	}
	return undefined;
}

/**
 * @param error what was thrown instead of an answer
 * @returns why there is no answer: stopped, out of time, never sent, or cut off
 */
export function connectionFailure(error: unknown, context: CallContext): GptImageError {
	if (context.aborted) {
		return new GptImageError('The execution was stopped while the image was being generated', {
			code: 'aborted',
			advice: 'OpenAI may still bill this call. Run the workflow again to generate the image.',
			billed: 'possibly',
			cause: error,
		});
	}
	if (context.timedOutMs !== undefined) {
		const seconds = context.timedOutMs / 1000;
		const limit = `${seconds} second${seconds === 1 ? '' : 's'}`;
		return new GptImageError(`OpenAI did not respond within ${limit}`, {
			code: 'timeout',
			advice: `Raise '${labels.timeoutSeconds}', choose a smaller size or a lower quality, or set '${labels.partialImages}' to 1 to keep the connection alive.`,
			retryable: true,
			billed: 'possibly',
			cause: error,
		});
	}
	const code = networkCode(error);
	if (code && notSentCodes.has(code)) {
		return new GptImageError(`OpenAI could not be reached (${code.toLowerCase()})`, {
			code: 'connection_failed',
			advice:
				"Check the network, the proxy and the 'Base URL' in the credential. Nothing was sent.",
			retryable: true,
			billed: 'no',
			cause: error,
		});
	}
	return badAnswer('connection_lost', undefined, error);
}
