/**
 * Permanent refusals, remembered while their execution lasts: with Retry On Fail n8n runs a node
 * again, and what was refused for good must not be sent again. On disk for the case that the second
 * try runs in another process.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { GptImageError } from '../errors';
import type { Billed } from '../errors';
import type { Home } from './ledger-home';
import { executionOf, placeOf } from './ledger-names';
import type { Place } from './ledger-names';
import { discard, namesIn, readJson, writeWhole } from './store';

/** Leftovers of an execution that crashed; after a day its number may belong to another one. */
const MAX_AGE_MS = 24 * 3_600_000;

function nameOf(fingerprint: string, place: Place): string {
	const key = createHash('sha256')
		.update(`${placeOf(place)} ${fingerprint}`)
		.digest('hex');
	return `${executionOf(place)}-${key.slice(0, 24)}.json`;
}

/** @param failure only a permanent one is remembered; a stop by the user is none */
export async function rememberRefusal(
	home: Home,
	fingerprint: string,
	place: Place,
	failure: GptImageError,
	now: number,
): Promise<void> {
	if (failure.facts.retryable || failure.facts.code === 'aborted') return;
	const name = nameOf(fingerprint, place);
	const ofExecution = home.refusals.get(place.executionId) ?? new Map<string, GptImageError>();
	ofExecution.set(name, failure);
	home.refusals.set(place.executionId, ofExecution);
	const { cause: _cause, ...facts } = failure.facts;
	const text = JSON.stringify({ message: failure.message, facts, at: now });
	// In memory is enough for a second try in this process, so a full disk does not matter here.
	await writeWhole(path.join(home.refused, name), text).catch(() => undefined);
}

/** @returns never throws: a folder that cannot be listed holds no refusals */
export async function refusalsOnDisk(home: Home): Promise<ReadonlySet<string>> {
	return new Set(await namesIn(home.refused).catch(() => []));
}

/**
 * @param onDisk see {@link refusalsOnDisk}
 * @returns the refusal of the same request at the same place in the same execution
 */
export async function recallRefusal(
	home: Home,
	onDisk: ReadonlySet<string>,
	fingerprint: string,
	place: Place,
	now: number,
): Promise<GptImageError | undefined> {
	const name = nameOf(fingerprint, place);
	const known = home.refusals.get(place.executionId)?.get(name);
	if (known || !onDisk.has(name)) return known;
	return failureFrom(await readJson(path.join(home.refused, name)), now);
}

export async function forgetRefusals(home: Home, executionId: string): Promise<void> {
	const names = home.refusals.get(executionId)?.keys() ?? [];
	home.refusals.delete(executionId);
	for (const name of names) await discard(path.join(home.refused, name));
}

/** Deletes what executions left that never ended. */
export async function sweepRefusals(home: Home, now: number): Promise<void> {
	for (const name of await namesIn(home.refused)) {
		const file = path.join(home.refused, name);
		if (failureFrom(await readJson(file), now) === undefined) await discard(file);
	}
}

function failureFrom(json: unknown, now: number): GptImageError | undefined {
	if (typeof json !== 'object' || json === null) return undefined;
	const message = field(json, 'message', 'string');
	const at = field(json, 'at', 'number');
	const facts: unknown = Reflect.get(json, 'facts');
	if (message === undefined || at === undefined || now - at > MAX_AGE_MS) return undefined;
	if (typeof facts !== 'object' || facts === null) return undefined;
	return new GptImageError(message, {
		code: field(facts, 'code', 'string') ?? 'refused',
		advice: field(facts, 'advice', 'string') ?? '',
		status: field(facts, 'status', 'number'),
		type: field(facts, 'type', 'string'),
		param: field(facts, 'param', 'string'),
		requestId: field(facts, 'requestId', 'string'),
		retryable: false,
		billed: billedFrom(Reflect.get(facts, 'billed')),
	});
}

const billedFrom = (value: unknown): Billed =>
	value === 'no' || value === 'yes' ? value : 'possibly';

function field(json: object, key: string, type: 'string'): string | undefined;
function field(json: object, key: string, type: 'number'): number | undefined;
function field(json: object, key: string, type: string): unknown {
	const value: unknown = Reflect.get(json, key);
	return typeof value === type ? value : undefined;
}
