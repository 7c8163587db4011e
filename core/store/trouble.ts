import { GptImageError, messageOf, type KnownCode } from '../errors';
import type { Warning } from '../job';
import type { PurchaseRow } from './schema';

/** What the store has to say when something is in the way. */

export interface Trouble {
	readonly happened: string;
	readonly advice: string;
}

const denied: Trouble = {
	happened: 'n8n has no permission to read or write there',
	advice: 'Give the n8n user read and write permission.',
};
const notFolder: Trouble = {
	happened: 'a file is in its place',
	advice: 'Choose a folder, not a file.',
};
const busy: Trouble = {
	happened: 'too many files are open',
	advice: 'Raise the limit of open files.',
};
/** What people read instead of an errno; n8n replaces messages that contain one by a stock text. */
const troubles: Readonly<Record<string, Trouble>> = {
	ENOSPC: { happened: 'the disk is full', advice: 'Free some space on that disk.' },
	EDQUOT: { happened: 'the disk quota is used up', advice: 'Free some space or raise the quota.' },
	EROFS: { happened: 'the disk is read-only', advice: 'Choose a folder that n8n can write to.' },
	EACCES: denied,
	EPERM: denied,
	ENOTDIR: notFolder,
	EEXIST: notFolder,
	EMFILE: busy,
	ENFILE: busy,
};

/**
 * @param error what an operation on files threw, or its message
 * @returns undefined when it is none of the usual ones
 */
export function troubleOf(error: unknown): Trouble | undefined {
	const own: unknown = Reflect.get(Object(error), 'code');
	const code = typeof own === 'string' ? own : /\b(E[A-Z]{3,}):/.exec(messageOf(error))?.[1];
	return troubles[code ?? ''];
}

/** @returns one or two sentences for a message or a warning */
export function inWords(error: unknown): string {
	const trouble = troubleOf(error);
	if (!trouble) return messageOf(error);
	const { happened, advice } = trouble;
	return `${happened.charAt(0).toUpperCase()}${happened.slice(1)}. ${advice}`;
}

/** For what is refused before anything is sent. */
export const refusal = (code: KnownCode, message: string, advice: string): GptImageError =>
	new GptImageError(message, { code, advice, retryable: false, billed: 'no' });

export const folderUnusable = (folder: string, error: unknown): GptImageError =>
	refusal(
		'not_kept',
		`The store in ${folder} cannot be used: ${inWords(error)}`,
		'Check that the disk is not full, and that n8n can write to the folder.',
	);
/** @param place a folder's path, or the name of a database */
export const newer = (place: string): GptImageError =>
	refusal(
		'store_newer',
		`The store in ${place} was written by a newer version of n8n-nodes-gpt-image`,
		'Nothing was sent. Update the package on this machine.',
	);
export const unavailable = (why: string): GptImageError =>
	refusal(
		'store_unavailable',
		`A spending limit is set, but spending cannot be recorded. ${why}`,
		'Nothing was sent. Fix the store, or remove the limit.',
	);

export const succeeds = async (work: Promise<unknown>): Promise<boolean> =>
	await work.then(
		() => true,
		() => false,
	);

/** Whether buying goes on without keeping. */
export const isUnusable = (error: unknown): boolean =>
	error instanceof GptImageError && error.is('not_kept');

export const notKept = (error: unknown): Warning => ({
	code: 'not_kept',
	message: `This image could not be stored: if the execution fails, the next run pays for it again. ${inWords(error)}`,
});
export const keptLocally: Warning = {
	code: 'kept_locally',
	message:
		"The store cannot be reached. This image is kept on this machine's disk and moves to the store when it is back. Until then, other machines cannot find it.",
};
export const mayBeBilled = ({ sent_at, changed_at }: PurchaseRow): Warning => ({
	code: 'may_have_been_billed',
	message: `A call for this image was sent at ${new Date(sent_at ?? changed_at).toISOString()} and its response was lost or unusable. It may have been billed.`,
});
export const imageDamaged: Warning = {
	code: 'image_damaged',
	message: 'A stored image was damaged on disk and was not used.',
};
