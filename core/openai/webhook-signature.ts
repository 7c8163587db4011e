/** Whether a webhook call comes from OpenAI: Standard Webhooks, as OpenAI's SDK checks it. */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { textOf, type Fields } from '../rules/json';

const toleranceSeconds = 300;
const prefix = 'whsec_';

/** Base64 behind `whsec_`, else the text itself. */
const keyOf = (secret: string): Buffer =>
	secret.startsWith(prefix)
		? Buffer.from(secret.slice(prefix.length), 'base64')
		: Buffer.from(secret);

/**
 * @param body as it came: re-serialized JSON has another signature
 * @param headers by their lower-case names; several signatures stand in one while a secret is rotated
 * @param secret of the endpoint, `whsec_...`; nothing is signed by an empty one
 * @param nowMs calls that are more than 300 seconds older or newer are refused
 */
export function isSigned(body: Buffer, headers: Fields, secret: string, nowMs: number): boolean {
	const id = textOf(headers['webhook-id']) ?? '';
	const timestamp = textOf(headers['webhook-timestamp']) ?? '';
	const key = keyOf(secret);
	if (id === '' || key.length === 0 || !/^\d{1,12}$/.test(timestamp)) return false;
	if (Math.abs(nowMs / 1000 - Number(timestamp)) > toleranceSeconds) return false;
	const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
	return (textOf(headers['webhook-signature']) ?? '').split(' ').some((entry) => {
		const signature = Buffer.from(/^v1,(.+)$/.exec(entry)?.[1] ?? '', 'base64');
		return signature.length === expected.length && timingSafeEqual(signature, expected);
	});
}
