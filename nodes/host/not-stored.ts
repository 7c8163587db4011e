/** The error for an image that n8n could not store. */

import { GptImageError } from '../../core/errors';
import type { Output } from '../../core/job';
import { troubleOf } from '../../core/store/trouble';

const STORE = "n8n's binary data storage";

/**
 * n8n keeps binaries in a folder, a database or a bucket; any of them may be full or unavailable.
 * @param error what n8n's helper threw
 * @param output the image that n8n did not take; if it was paid for, our store has it, or its
 *   warnings say why not
 */
export function notStored(error: unknown, { image, warnings }: Output): GptImageError {
	const trouble = troubleOf(error);
	const why = error instanceof Error ? error.message : String(error);
	const isPaid = image.usage !== null && !image.request.dryRun;
	const again = isPaid ? ['Then run the workflow again: it uses the images that were kept.'] : [];
	const told = warnings.map(({ message }) => message);
	return new GptImageError(`Could not use ${STORE}: ${trouble?.happened ?? why}`, {
		code: 'not_stored',
		advice: [trouble?.advice ?? 'Check that it works.', ...again, ...told].join(' '),
		retryable: true,
		billed: isPaid && !image.request.reused ? 'yes' : 'no',
		cause: error,
	});
}
