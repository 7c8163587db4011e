import { answerError, toTurnError } from '../../../core/api/responses-failures';

/** Refusals that the double does not make, in OpenAI's own words as others have recorded them. */

const context = { model: 'gpt-image-2', timeoutMs: 1000, timedOut: false, aborted: false };
const refused = (status: number, error: Record<string, unknown>) =>
	toTurnError({ status, headers: new Headers(), requestID: 'req_1', error }, context, 'gpt-5.4');

it('knows a lost conversation also by its code under status 400', () => {
	const { facts } = refused(400, {
		message: "Previous response with id 'resp_0f09' not found.",
		type: 'invalid_request_error',
		param: 'previous_response_id',
		code: 'previous_response_not_found',
	});
	expect(facts).toMatchObject({ code: 'context_lost', param: 'previousResponseId', status: 400 });
});

it('does not take every refusal of the id for a lost conversation', () => {
	const { message, facts } = refused(400, {
		message: 'Previous response cannot be used for this organization due to Zero Data Retention.',
		type: 'invalid_request_error',
		param: 'previous_response_id',
		code: 'unsupported_parameter',
	});
	expect(facts).toMatchObject({ code: 'unsupported_parameter', param: 'previousResponseId' });
	expect(message).toMatch(/^OpenAI refused 'Previous Response ID': /);
});

it('says what to do when a picture cannot be named without its turn', () => {
	const { message, facts } = refused(400, {
		message:
			"Item 'ig_1' of type 'image_generation_call' was provided without its required 'reasoning' item: 'rs_1'.",
		type: 'invalid_request_error',
		param: 'input',
		code: null,
	});
	expect(message).toContain("does not take 'Image Call ID' alone");
	expect(facts).toMatchObject({ code: 'image_call_needs_response', retryable: false });
});

it.each([
	['tools[0].quality', 'quality', "'Quality'"],
	['tools[0].input_image_mask', 'maskSource', "'Mask'"],
	['input[0].content[3].image_url', 'attachments', "'Attachments'"],
	['reasoning.effort', 'reasoningEffort', "'Reasoning Effort'"],
	['input', 'message', "'Message'"],
])('names %s as %s', (param, name, label) => {
	const { message, facts } = refused(400, { message: 'No.', param, code: 'invalid_value' });
	expect(facts.param).toBe(name);
	expect(message).toBe(`OpenAI refused ${label}: No`);
});

it('does not blame the model for a file that is missing', () => {
	const { message, facts } = refused(404, {
		message: 'No such File object: file-1',
		param: 'input[0].content[0].file_id',
		code: 'image_file_not_found',
	});
	expect(message).toBe("OpenAI refused 'Attachments': No such File object: file-1");
	expect(facts.code).toBe('image_file_not_found');
});

it('has words for an image call that failed without any', () => {
	const { facts } = answerError(undefined, 'gpt-image-2', 'req_1');
	expect(facts).toMatchObject({
		code: 'image_call_failed',
		requestId: 'req_1',
		billed: 'possibly',
	});
});
