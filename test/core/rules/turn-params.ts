import { tableCalendar } from '../../../core/rules/calendar';
import { GptImageError } from '../../../core/errors';
import { checkTurn, imageOfTurn, type TurnParams } from '../../../core/rules/conversation';
import { checkImageParams } from '../../../core/rules/request';
import type { ImageParams } from '../../../core/rules/request-types';

/** What a user wants of a turn, and what the rules make of it. */

export const today = tableCalendar('2026-11-20');
export const said: ImageParams = {
	operation: 'send',
	model: 'gpt-image-2',
	prompt: 'A logo for a bakery',
	size: '1024x1024',
	quality: 'low',
};
export const params: TurnParams = { chatModel: 'gpt-5.4', attachments: 0 };

export function check(turn: Partial<TurnParams> = {}, image: Partial<ImageParams> = {}) {
	const whole = { ...params, ...turn };
	const request = checkImageParams(imageOfTurn({ ...said, ...image }, whole), today);
	return { request, turn: checkTurn(request, whole, today) };
}

export function refusal(
	turn: Partial<TurnParams>,
	image: Partial<ImageParams> = {},
): GptImageError {
	try {
		check(turn, image);
	} catch (error) {
		if (error instanceof GptImageError) return error;
		throw error;
	}
	throw new Error('The turn was expected to be refused');
}
