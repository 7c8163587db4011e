import { setTimeout as sleep } from 'node:timers/promises';
import { isBilled, type Fault } from '../faults';
import {
	ApiError,
	insufficientQuota,
	moderationBlocked,
	overloaded,
	rateLimited,
	serverError,
} from '../rules/errors';
import type { Call } from './call';

/**
 * Takes the faults that wait for this request and carries out those that keep the work from being
 * done. True when the request has been dealt with.
 */
export async function faultBefore(call: Call, prompt: string): Promise<boolean> {
	const { state, entry } = call;
	call.faults = state.faults.take(entry.method, entry.path, prompt);
	if (call.paid && state.stormHits()) {
		call.faults.push({ kind: '429', retryAfter: state.options.storm?.retryAfter });
	}
	entry.fault = call.faults.map(({ kind }) => kind).join('+') || null;
	return await carryOutFirst(call, (fault) => !isBilled(fault));
}

/** Carries out what befalls an answer whose images were made. True when it has been dealt with. */
export async function faultAfter(call: Call): Promise<boolean> {
	return await carryOutFirst(call, isBilled);
}

async function carryOutFirst(call: Call, which: (fault: Fault) => boolean): Promise<boolean> {
	for (const fault of call.faults.filter(which)) {
		if (await carryOut(call, fault)) return true;
	}
	return false;
}

async function carryOut(call: Call, fault: Fault): Promise<boolean> {
	switch (fault.kind) {
		case 'hang':
			call.reply.hijack();
			await call.state.untilClosed();
			return true;
		case 'reset':
			call.destroy();
			return true;
		case 'html':
			await call.sendBytes(fault.status ?? 502, Buffer.from(proxyPage), 'text/html');
			return true;
		default: {
			const error = refusalOf(call, fault);
			if (error) throw error;
			return false;
		}
	}
}

/** The API error that a fault stands for, if it is one. */
export function refusalOf(call: Call, fault: Fault): ApiError | undefined {
	const { requestId, model } = call.entry;
	switch (fault.kind) {
		case '429':
			return rateLimited(
				`Rate limit reached for ${model ?? 'this model'} (for limit gpt-image) in organization ` +
					'org-double on images per min: Limit 5, Used 5, Requested 1. Please try again in ' +
					`${fault.retryAfter ?? 1}s.`,
				fault.retryAfter ?? 1,
			);
		case '500':
			return serverError(requestId);
		case '503':
			return overloaded(fault.retryAfter);
		case 'quota': {
			const error = insufficientQuota();
			if (fault.code) error.details.code = fault.code;
			return error;
		}
		case 'error':
			return new ApiError(fault.status ?? 400, {
				message: fault.message ?? 'The double was told to refuse this request.',
				type: 'invalid_request_error',
				param: null,
				code: fault.code ?? null,
			});
		case 'moderation':
			return moderationBlocked(fault.stage ?? 'input', ['violence'], requestId);
		default:
			return undefined;
	}
}

const proxyPage = `<!DOCTYPE html>
<html><head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>
`;

/** Sends half of an answer and breaks the connection off. */
export async function cutShort(
	call: Call,
	status: number,
	contentType: string,
	body: Buffer,
): Promise<void> {
	const raw = call.raw(status, {
		'content-type': contentType,
		'content-length': String(body.length),
	});
	await writeHalf(raw, body);
	call.destroy();
}

/** Writes the first half and leaves it the time to reach the other side. */
export async function writeHalf(raw: Call['reply']['raw'], body: Buffer): Promise<void> {
	await new Promise((resolve) => raw.write(body.subarray(0, body.length / 2), resolve));
	await sleep(20);
}
