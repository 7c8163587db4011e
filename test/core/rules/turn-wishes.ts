import { GptImageError } from '../../../core/errors';
import { checkTurn, pictureOfTurn, type TurnWish } from '../../../core/rules/conversation';
import { checkPicture, type PictureWish } from '../../../core/rules/request';

/** What a user wants of a turn, and what the rules make of it. */

export const today = '2026-11-20';
export const said: PictureWish = {
	operation: 'send',
	model: 'gpt-image-2',
	prompt: 'A logo for a bakery',
	promptParameter: 'message',
	size: '1024x1024',
	quality: 'low',
};
export const wish: TurnWish = { chatModel: 'gpt-5.4', attachments: 0 };

export function check(turn: Partial<TurnWish> = {}, picture: Partial<PictureWish> = {}) {
	const whole = { ...wish, ...turn };
	const request = checkPicture(pictureOfTurn({ ...said, ...picture }, whole), today);
	return { request, turn: checkTurn(request, whole, today) };
}

export function refusal(
	turn: Partial<TurnWish>,
	picture: Partial<PictureWish> = {},
): GptImageError {
	try {
		check(turn, picture);
	} catch (error) {
		if (error instanceof GptImageError) return error;
		throw error;
	}
	throw new Error('The turn was expected to be refused');
}
