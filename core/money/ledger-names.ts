/**
 * The name of an entry's folder says all that has to be known to choose it: listing a folder
 * replaces an index, and renaming is the only way an entry changes. A rename either happens or does
 * not, so two processes never both get an entry, and a crash leaves it before or after, never between.
 */
import { createHash } from 'node:crypto';

/** Where in a workflow a picture is wanted or was made. */
export interface Place {
	readonly workflowId: string;
	readonly nodeId: string;
	readonly executionId: string;
	/** Index of the input item, from 0. */
	readonly itemIndex: number;
	/** Which run of the node in this execution (loops), from 0. */
	readonly runIndex: number;
}

/**
 * - `free`: paid, not delivered, nobody has it
 * - `held`: an execution made or took it and its node still runs
 * - `handed`: the node ended well and gave it to n8n; the execution still runs
 * - `done`: delivered
 */
export type EntryState = 'free' | 'held' | 'handed' | 'done';

export interface EntryName {
	readonly fingerprint: string;
	/** Milliseconds since 1970. */
	readonly madeAt: number;
	/** Bytes of the picture. */
	readonly size: number;
	readonly scope: string;
	readonly id: string;
	readonly place: string;
	readonly state: EntryState;
	/** Id of the process that last changed the state. */
	readonly owner: string;
	/** When the state last changed, milliseconds since 1970. */
	readonly changedAt: number;
}

const digest = (length: number, parts: readonly (string | number)[]): string =>
	createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, length);

/** Half a digest is plenty to tell requests apart and keeps names short. */
export const shortFingerprint = (fingerprint: string): string => fingerprint.slice(0, 40);

/** Names a wish at its place within an execution, however often its node is run again. */
export const wishAt = (place: Place, fingerprint: string): string =>
	`${placeOf(place)} ${fingerprint}`;

/** Same workflow and node, whatever the execution. */
export const scopeOf = (place: Place): string => digest(12, [place.workflowId, place.nodeId]);

/** The workflow is part of it: a database that was reset counts its executions from 1 again. */
export const executionOf = (place: Place): string =>
	digest(16, [place.workflowId, place.executionId]);

export const placeOf = (place: Place): string =>
	digest(16, [place.workflowId, place.nodeId, place.executionId, place.runIndex, place.itemIndex]);

const STATES: readonly EntryState[] = ['free', 'held', 'handed', 'done'];
const PATTERN =
	/^([0-9a-f]{40})-([0-9a-z]+)-([0-9a-z]+)-([0-9a-f]{12})-([0-9a-f]{8})-([0-9a-f]{16})\.([a-z]+)-([0-9a-f]{20})-([0-9a-z]+)$/;

export const formatName = (name: EntryName): string =>
	[
		shortFingerprint(name.fingerprint),
		name.madeAt.toString(36),
		name.size.toString(36),
		name.scope,
		name.id,
		`${name.place}.${name.state}`,
		name.owner,
		name.changedAt.toString(36),
	].join('-');

/** @returns undefined for a folder that is not an entry */
export function parseName(text: string): EntryName | undefined {
	const [, fingerprint, madeAt, size, scope, id, place, word, owner, changedAt] =
		PATTERN.exec(text) ?? [];
	const state = STATES.find((candidate) => candidate === word);
	if (!fingerprint || !madeAt || !size || !scope || !id || !place || !owner || !changedAt) {
		return undefined;
	}
	if (state === undefined) return undefined;
	return {
		fingerprint,
		madeAt: Number.parseInt(madeAt, 36),
		size: Number.parseInt(size, 36),
		scope,
		id,
		place,
		state,
		owner,
		changedAt: Number.parseInt(changedAt, 36),
	};
}

/** First paid, first handed out; the id settles a tie the same way for everyone. */
export const byPayment = (a: EntryName, b: EntryName): number =>
	a.madeAt - b.madeAt || (a.id < b.id ? -1 : 1);
