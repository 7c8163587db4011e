/** What a status alone tells, where neither codes nor words do. */

import { labels } from '../../rules/labels';
import { because, type Reading, type Refusal } from './readings';

function accessFailure({ body, status, context }: Refusal): Reading | undefined {
	if (status === 401) {
		return {
			message: 'OpenAI did not accept the API key',
			advice:
				'Open the credential, paste a current key from platform.openai.com/api-keys and test it.',
			code: body.code ?? 'invalid_api_key',
		};
	}
	if (status === 403 && /verif/i.test(body.text)) {
		return {
			message: `The OpenAI organization is not verified for ${context.model}`,
			advice:
				'Verify it at platform.openai.com/settings/organization/general; it can take up to 15 minutes to take effect.',
			code: 'organization_not_verified',
		};
	}
	if (status === 403) {
		return {
			message: `OpenAI refuses this key for the call: ${body.reason ?? 'no reason given'}`,
			advice: "Check the key's project, its permissions and the region.",
			code: body.code ?? 'permission_denied',
		};
	}
	return undefined;
}

/**
 * Statuses by which a call has not reached the machine that makes images, so it is not on the bill:
 * locked or too early (409, 425), and Cloudflare's for an origin that refused the connection (521),
 * was not found (523, 530) or had no valid certificate (525, 526).
 */
const neverArrived = new Set([409, 425, 521, 523, 525, 526, 530]);
/** The caller or a gateway gave up waiting; the image may have been made all the same. */
const gaveUp = new Set([408, 499, 504, 522, 524]);

function passingFailure({ body, status }: Refusal): Reading | undefined {
	const passing = { retryable: true, code: body.code ?? 'server_error' } as const;
	if (status !== undefined && neverArrived.has(status)) {
		return {
			message: `A gateway could not forward the call (status ${status})${because(body)}`,
			advice: 'Run again; nothing was billed. If this continues, check the log of the gateway.',
			...passing,
		};
	}
	if (status !== undefined && gaveUp.has(status)) {
		return {
			message: `A gateway timed out while waiting for the image (status ${status})${because(body)}`,
			advice: `Run again; the call may have been billed. Raise the time limit of the gateway, or set '${labels.partialImages}' to 1 to keep the connection alive.`,
			billed: 'possibly',
			...passing,
		};
	}
	if (status !== undefined && status < 500) return undefined;
	const isOpenAi = status === undefined || status === 500;
	return {
		message: `${isOpenAi ? 'OpenAI had a server problem' : `A gateway responded with status ${status} instead of OpenAI`}${because(body)}`,
		advice: 'Run again; the call may have been billed. If this continues, check status.openai.com.',
		billed: 'possibly',
		...passing,
	};
}

const tooLarge = ({ body }: Refusal): Reading => ({
	message: `The request is too large for the service or a proxy in front of it (status 413)${because(body)}`,
	advice: `Use fewer or smaller input images, or raise the proxy's limit for the size of a request (nginx: client_max_body_size).`,
	code: 'request_too_large',
});

const gatewayRefused = ({ body, status }: Refusal): Reading => ({
	message: `A gateway refused the call (status ${status})${because(body)}`,
	advice:
		"A proxy, firewall or gateway responded, not OpenAI. Check its log, and check the 'Base URL' in the credential.",
	code: 'gateway_refused',
});

/** @returns undefined where only the service's own words tell what is wrong */
export function byStatus(refusal: Refusal): Reading | undefined {
	const { body, status } = refusal;
	if (status === 413) return tooLarge(refusal);
	if (status === 407) return gatewayRefused(refusal);
	if (status !== undefined && status < 500 && body.isPage) {
		const isPassing = gaveUp.has(status) || neverArrived.has(status);
		if (status !== 401 && !isPassing) return gatewayRefused(refusal);
	}
	return accessFailure(refusal) ?? passingFailure(refusal);
}
