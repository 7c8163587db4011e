/** What one image costs, as the editor's lists show it before anything is chosen for good. */

import type { Calendar } from '../rules/calendar';
import { checkImageParams } from '../rules/request';
import type { ImageParams, ImageRequest } from '../rules/request-types';
import { estimateWithTokens } from './estimate';
import { dollars } from './money';

export interface ImagePrice {
	/** `$0.0527`, `about $0.0132` or `about $0.0059 to $0.2107`. */
	readonly text: string;
	/** Whether OpenAI publishes how to count the tokens of the image. */
	readonly isExact: boolean;
	readonly request: ImageRequest;
}

/**
 * @param params the node's parameters, untrusted; the prompt and the number of images do not count
 * @param isBatch whether it is ordered at the batch price
 * @returns USD of the image itself, without prompt, input images and chat model; undefined where no
 *   price is known or the parameters do not fit together
 */
export function imagePrice(
	params: ImageParams,
	isBatch: boolean,
	calendar: Calendar,
): ImagePrice | undefined {
	const request = requestOf({ ...params, prompt: '-', numberOfImages: 1 }, calendar);
	if (!request) return undefined;
	const { parts, exact } = estimateWithTokens(
		{ ...request, operation: 'generate', images: [], batch: isBatch },
		{ min: 0, max: 0 },
	);
	const { min, max } = parts.imageOutput;
	if (min === null || max === null) return undefined;
	const isExact = exact && params.operation === 'generate';
	const range = min === max ? dollars(min) : `${dollars(min)} to ${dollars(max)}`;
	return { text: isExact ? range : `about ${range}`, isExact, request };
}

function requestOf(params: ImageParams, calendar: Calendar): ImageRequest | undefined {
	try {
		// Whether the model can still be used is for the list to say.
		return checkImageParams(params, { ...calendar, isOpenAI: false });
	} catch {
		// A run tells what is wrong.
		return undefined;
	}
}
