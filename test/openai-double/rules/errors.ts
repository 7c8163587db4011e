/** The body of every refusal, as the API sends it; some codes add further keys. */
export interface ErrorDetails {
	message: string;
	type: string | null;
	param: string | null;
	code: string | null;
	moderation_details?: { moderation_stage: 'input' | 'output' | 'unknown'; categories: string[] };
}

/** A refusal on its way to the client: HTTP status, the error object and extra headers. */
export class ApiError extends Error {
	constructor(
		readonly status: number,
		readonly details: ErrorDetails,
		readonly headers: Record<string, string> = {},
	) {
		super(details.message);
	}
}

export function invalidRequest(
	message: string,
	param: string | null,
	code: string | null,
	status = 400,
): ApiError {
	return new ApiError(status, { message, type: 'invalid_request_error', param, code });
}

export function imageUserError(message: string, param: string | null, code: string): ApiError {
	return new ApiError(400, { message, type: 'image_generation_user_error', param, code });
}

export function unknownParameter(name: string): ApiError {
	return invalidRequest(`Unknown parameter: '${name}'.`, name, 'unknown_parameter');
}

export function missingParameter(name: string): ApiError {
	return invalidRequest(
		`Missing required parameter: '${name}'.`,
		name,
		'missing_required_parameter',
	);
}

export function modelNotFound(model: string): ApiError {
	return invalidRequest(
		`The model \`${model}\` does not exist or you do not have access to it.`,
		'model',
		'model_not_found',
		404,
	);
}

export function invalidValue(name: string, value: string, allowed: readonly string[]): ApiError {
	return invalidRequest(
		`Invalid value: '${value}'. Supported values are: ${enumerate(allowed)}.`,
		name,
		'invalid_value',
	);
}

export function moderationBlocked(
	stage: 'input' | 'output',
	categories: string[],
	requestId: string,
): ApiError {
	return new ApiError(400, {
		message:
			'Your request was rejected by the safety system. If you believe this is an error, ' +
			`contact us at help.openai.com and include the request ID ${requestId}. ` +
			`safety_violations=[${categories.join(', ')}].`,
		type: 'image_generation_user_error',
		param: null,
		code: 'moderation_blocked',
		moderation_details: { moderation_stage: stage, categories },
	});
}

export function rateLimited(message: string, retryAfterSeconds: number): ApiError {
	return new ApiError(
		429,
		{ message, type: 'requests', param: null, code: 'rate_limit_exceeded' },
		{
			'retry-after': String(Math.ceil(retryAfterSeconds)),
			'retry-after-ms': String(Math.round(retryAfterSeconds * 1000)),
		},
	);
}

export function insufficientQuota(): ApiError {
	return new ApiError(429, {
		message:
			'You exceeded your current quota, please check your plan and billing details. For more ' +
			'information on this error, read the docs: ' +
			'https://platform.openai.com/docs/guides/error-codes/api-errors.',
		type: 'insufficient_quota',
		param: null,
		code: 'insufficient_quota',
	});
}

export function serverError(requestId: string): ApiError {
	return new ApiError(500, {
		message:
			'The server had an error while processing your request. Sorry about that! You can retry ' +
			'your request, or contact us through our help center at help.openai.com if the error ' +
			`persists. (Please include the request ID ${requestId} in your message.)`,
		type: 'server_error',
		param: null,
		code: 'server_error',
	});
}

export function overloaded(retryAfterSeconds?: number): ApiError {
	return new ApiError(
		503,
		{
			message: 'Our servers are currently overloaded. Please try again later.',
			type: 'service_unavailable_error',
			param: null,
			code: 'server_is_overloaded',
		},
		retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
	);
}

function enumerate(values: readonly string[]): string {
	const quoted = values.map((value) => `'${value}'`);
	const last = quoted.pop() ?? '';
	if (quoted.length === 0) return last;
	return `${quoted.join(', ')}${quoted.length > 1 ? ',' : ''} and ${last}`;
}
