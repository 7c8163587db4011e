import { GptImageError } from '../../errors';

/** Something that cannot be made as asked; nothing was sent, and the same again fails the same. */
export const refused = (
	code: 'too_small' | 'too_heavy' | 'text_does_not_fit' | 'missing_glyphs',
	param: string,
	message: string,
	advice: string,
): GptImageError => new GptImageError(message, { code, advice, param, billed: 'no' });
