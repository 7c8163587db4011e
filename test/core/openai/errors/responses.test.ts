import { ServiceError } from '../../../../core/openai/guard';
import { answerError, toTurnError } from '../../../../core/openai/errors/responses';

/** Refusals that the double does not make, in OpenAI's own words as others have recorded them. */

const context = { model: 'gpt-image-2' };
const refused = (status: number, error: Record<string, unknown>) =>
	toTurnError(new ServiceError(status, new Headers(), { error }), context, 'gpt-5.4');

it('knows a lost conversation also by its code under status 400', () => {
	const error = refused(400, {
		message: "Previous response with id 'resp_0f09' not found.",
		type: 'invalid_request_error',
		param: 'previous_response_id',
		code: 'previous_response_not_found',
	});
	expect(error).toMatchObject({ code: 'context_lost', param: 'previousResponseId', status: 400 });
});

it.each([
	'Previous response cannot be used for this organization due to Zero Data Retention.',
	'Previous responses are not available to organizations with zero-data-retention.',
])('tells an organization that keeps nothing from a lost conversation: %s', (said) => {
	const error = refused(400, {
		message: said,
		type: 'invalid_request_error',
		param: 'previous_response_id',
		code: 'unsupported_parameter',
	});
	expect(error.message).toBe(
		'OpenAI does not store conversations for this organization (zero data retention)',
	);
	expect(error).toMatchObject({ code: 'zero_data_retention', status: 400, billed: 'no' });
	expect(error.param).toBeUndefined();
	expect(error.advice).toContain("Set 'If Context Is Lost' to Restart");
});

it.each(['rs_1', 'msg_1'])('knows a lost conversation by its item %s', (id) => {
	const error = refused(404, {
		message: `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false.`,
		type: 'invalid_request_error',
		param: 'input',
		code: null,
	});
	expect(error).toMatchObject({ code: 'context_lost', param: 'previousResponseId' });
});

it('does not take every refusal of the id for a lost conversation', () => {
	const error = refused(400, {
		message: 'Previous response is still in progress.',
		type: 'invalid_request_error',
		param: 'previous_response_id',
		code: 'invalid_value',
	});
	expect(error).toMatchObject({ code: 'invalid_value', param: 'previousResponseId' });
	expect(error.message).toMatch(/^OpenAI refused 'Previous Response ID': /);
});

it.each([
	['The model `gpt-5.4` does not exist.', 'model', 'gpt-5.4', 'chatModel'],
	["litellm.NotFoundError: The model 'gpt-5.4' does not exist.", undefined, 'gpt-5.4', 'chatModel'],
	['The model `gpt-image-2` does not exist.', 'tools[0].model', 'gpt-image-2', 'model'],
	['gpt-image-2 is not a valid model ID', undefined, 'gpt-image-2', 'model'],
])('%s', (said, param, model, name) => {
	const error = refused(400, { message: said, param, code: null });
	expect(error.message).toContain(`does not offer ${model} to this key`);
	expect(error).toMatchObject({ code: 'model_not_found' });
	expect(error.advice).toContain(name === 'model' ? "'Model'" : "'Chat Model'");
});

it('says what to do when an image cannot be named without its turn', () => {
	const error = refused(400, {
		message:
			"Item 'ig_1' of type 'image_generation_call' was provided without its required 'reasoning' item: 'rs_1'.",
		type: 'invalid_request_error',
		param: 'input',
		code: null,
	});
	expect(error.message).toContain("does not accept 'Image Call ID' alone");
	expect(error).toMatchObject({ code: 'image_call_needs_response', retryable: false });
});

it.each([
	['tools[0].quality', 'quality', "'Quality'"],
	['input[0].content[3].image_url', 'attachments', "'Attachments'"],
	['reasoning.effort', 'reasoningEffort', "'Reasoning Effort'"],
	['input', 'message', "'Message'"],
])('names %s as %s', (param, name, label) => {
	const error = refused(400, { message: 'No.', param, code: 'invalid_value' });
	expect(error.param).toBe(name);
	expect(error.message).toBe(`OpenAI refused ${label}: No`);
});

it('does not blame the model for a file that is missing', () => {
	const error = refused(404, {
		message: 'No such File object: file-1',
		param: 'input[0].content[0].file_id',
		code: 'image_file_not_found',
	});
	expect(error.message).toBe("OpenAI refused 'Attachments': No such File object: file-1");
	expect(error.code).toBe('image_file_not_found');
});

it('has words for an image call that failed without any', () => {
	const error = answerError(undefined, { model: 'gpt-image-2' }, { requestId: 'req_1' });
	expect(error).toMatchObject({
		code: 'image_call_failed',
		requestId: 'req_1',
		billed: 'possibly',
	});
});
