import type { Call, Choice, ItemRef, Job, Purchase } from '../job';
import { canFallBack, refusesTransparency, withLeftOut, withTransparency } from '../rules/fallback';
import type { ImageRequest } from '../rules/request-types';
import type { CallContext } from './context';
import { standInImage } from './finish';
import { imageCalls } from './images';
import { prepareEdit, type EditParams, type UserFile } from './prepare';
import { warningsOf } from './warnings';

/** Builds jobs from calls: the request itself, then its fallbacks. */

/** An item's request for images, checked. */
export interface Draft {
	/** The request, then those for other models. */
	readonly requests: readonly [ImageRequest, ...ImageRequest[]];
	/** Models that were left out, and why. */
	readonly leftOut: readonly string[];
	/** The user's own image, for when none can be made. */
	readonly standIn: UserFile | undefined;
	readonly dryRun: boolean;
}

/** To the Images API. */
export interface ImageDraft extends Draft {
	readonly kind: 'image';
	/** What an edit works on; undefined for a generation. */
	readonly edit: EditParams | undefined;
	readonly delivery: 'now' | 'batch';
}

/** @returns `make`, called at most once */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
	let made: Promise<T> | undefined;
	return async () => await (made ??= make());
}

/** @returns a choice for each request, and one more where transparency needs another model */
export const choicesOf = (
	requests: readonly ImageRequest[],
	open: (request: ImageRequest, history: readonly Purchase[]) => Promise<readonly Call[]>,
): Choice[] =>
	requests.flatMap((asked) => {
		const choice = (request: ImageRequest, follows: Choice['follows']): Choice => ({
			name: request.model,
			follows,
			open: async (history) => await open(request, history),
		});
		const other = withTransparency(asked);
		return [
			choice(asked, canFallBack),
			...(other ? [choice(other, (error) => refusesTransparency(error, asked))] : []),
		];
	});

/** What becomes of a draft when none of its choices has an image. */
export const withoutImage = ({
	requests: [request],
	standIn,
	leftOut,
}: Draft): Pick<Job, 'standIn' | 'explain'> => ({
	standIn: standIn && {
		follows: canFallBack,
		output: async (failed) => {
			const before = [...warningsOf('request', leftOut), ...failed];
			return await standInImage(request, await standIn.load(), before);
		},
	},
	explain: (error) => withLeftOut(error, leftOut),
});

/** @returns the job of a generation or an edit; inputs are loaded when it starts */
export function imageJob(draft: ImageDraft, item: ItemRef, context: CallContext): Job {
	const { requests, edit, dryRun } = draft;
	const inputs = once(async () => edit && (await prepareEdit(edit)));
	return {
		item,
		dryRun,
		choices: choicesOf(
			requests,
			async (request) => await imageCalls(request, await inputs(), context),
		),
		...withoutImage(draft),
	};
}
