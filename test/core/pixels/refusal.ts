import { prepareInput } from '../../../core/pixels/input';
import { origin } from './samples';

/** The error with which an image is refused, whose facts are the same whatever is wrong with it. */
export const refused = async (bytes: Buffer, name = 'photo.png') => {
	const failure: unknown = await prepareInput(bytes, { ...origin, name }).catch(
		(error: unknown) => error,
	);
	if (!(failure instanceof Error)) throw new Error('It was not refused');
	expect(failure).toMatchObject({
		name: 'GptImageError',
		code: 'invalid_parameter',
		param: 'images',
		billed: 'no',
		retryable: false,
	});
	expect(failure.message).toContain(`'Images' 1 (field "photo"): "${name}"`);
	return failure;
};
