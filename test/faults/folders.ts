import path from 'node:path';

/** Where the processes of one series meet: the given folder holds the ledger. */

export const ledgerIn = (folder: string): string => path.join(folder, 'ledger');

/** Beside the folder, because that may be a disk that is full. */
export const deliveriesFile = (folder: string, executionId: string): string =>
	`${folder}-delivered-${executionId}.json`;
