import { GptImageError } from '../../core/errors';
import type { Picture } from '../../core/job';
import { storageError } from '../../core/money/store';

const STORE = "n8n's storage of binary data";

/**
 * n8n keeps binaries in a folder, a database or a bucket; any of them may be full or away.
 * @param error what n8n's helper threw
 * @param picture the one that n8n did not take; if it was paid for, the ledger has it, or its
 *   warnings say why not
 */
export function notStored(error: unknown, { usage, request, warnings }: Picture): GptImageError {
	const known = storageError(error, STORE);
	const isDisk = known.facts.code !== 'storage_failed';
	const why = error instanceof Error ? error.message : String(error);
	const isPaid = usage !== null && !request.dryRun;
	const again = isPaid ? ['Then run the workflow again: it uses the pictures that were kept.'] : [];
	return new GptImageError(isDisk ? known.message : `Could not use ${STORE}: ${why}`, {
		code: 'not_stored',
		advice: [isDisk ? known.facts.advice : 'See whether it works.', ...again, ...warnings].join(
			' ',
		),
		retryable: true,
		billed: isPaid && !request.reused ? 'yes' : 'no',
		cause: error,
	});
}
