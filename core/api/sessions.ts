/**
 * What this node remembers of conversations, so that a later execution goes on where an earlier one
 * stopped: by session key the last turns, by response id each turn, and the pictures themselves for
 * the day on which OpenAI has forgotten them. Several processes may share the folder. No text of a
 * conversation is written; keys are known by their digests only.
 */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { stoppedBeforeStart } from './pace';
import { pruneSessions, type SessionLimits } from './sessions-prune';
import { keptTurnFrom, turnsFrom, type KeptTurn } from './sessions-turn';
import { ensureFolder, readJson, whatAndAdvice, writeWhole } from '../money/store';
import { readDocument, updateDocument } from '../money/store-document';

export type { KeptTurn } from './sessions-turn';

export interface SessionOptions {
	/** Made when missing; may be shared by several processes and machines. */
	readonly folder: string;
	/** A conversation is forgotten so long after its last turn. Default 30, as OpenAI keeps it. */
	readonly maxAgeDays?: number;
	/** Pictures are deleted, oldest first, while all take more than this. Default 1 GiB. */
	readonly maxBytes?: number;
	/** Milliseconds since 1970; for tests. */
	readonly now?: () => number;
}

/** Names a session: the same key means another conversation in another workflow. */
export interface SessionName {
	readonly workflowId: string;
	readonly sessionKey: string;
}

const DAY_MS = 24 * 3_600_000;
const GIGABYTE = 2 ** 30;
/** Of a session; a run that is repeated finds its own turns among them. */
const TURNS_KEPT = 32;

const digestOf = (...parts: readonly string[]): string =>
	createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);

/** @returns 40 hex digits that stand for the session; a file name, whatever the key's characters */
export const sessionDigest = ({ workflowId, sessionKey }: SessionName): string =>
	digestOf('session', workflowId, sessionKey);

/** @param options see {@link SessionOptions}; nothing is touched before the first use */
export const openSessions = (options: SessionOptions): Sessions => new Sessions(options);

/** The last waiting turn of each session in this process, by the session's folder. */
const lines = new Map<string, Promise<unknown>>();

export class Sessions {
	private readonly keys: string;
	private readonly responses: string;
	private readonly pictures: string;

	constructor(private readonly options: SessionOptions) {
		this.keys = path.join(options.folder, 'keys');
		this.responses = path.join(options.folder, 'responses');
		this.pictures = path.join(options.folder, 'pictures');
	}

	private get limits(): SessionLimits {
		const { maxAgeDays = 30, maxBytes = GIGABYTE } = this.options;
		return { maxAgeMs: maxAgeDays * DAY_MS, maxBytes };
	}

	private now(): number {
		return this.options.now?.() ?? Date.now();
	}

	private folderOf(name: SessionName): string {
		return path.join(this.keys, sessionDigest(name));
	}

	private fileOf(responseId: string): string {
		const digest = digestOf('response', responseId);
		return path.join(this.responses, digest.slice(0, 2), `${digest}.json`);
	}

	private isFresh = ({ at }: KeptTurn): boolean => this.now() - at < this.limits.maxAgeMs;

	/**
	 * Lets the turns of one session come one after the other, in the order in which they asked: the
	 * second message of a chat goes on from the answer to the first. It holds for this process; of two
	 * processes that answer at the same time, the later one warns, see {@link keep}.
	 * @throws GptImageError `aborted` when the signal is, before the work began; what `work` throws
	 */
	async inTurn<T>(name: SessionName, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
		const line = path.resolve(this.folderOf(name));
		const before = lines.get(line) ?? Promise.resolve();
		const mine = before.then(async () => {
			if (signal?.aborted) throw stoppedBeforeStart();
			return await work();
		});
		const settled = mine.catch(() => undefined);
		lines.set(line, settled);
		try {
			return await mine;
		} finally {
			if (lines.get(line) === settled) lines.delete(line);
		}
	}

	/**
	 * @returns the session's turns, oldest first; none when it is new or was forgotten
	 * @throws GptImageError `storage_*`: to begin a new conversation instead would be wrong
	 */
	async turnsOf(name: SessionName): Promise<readonly KeptTurn[]> {
		const turns = turnsFrom(await readDocument(this.folderOf(name)));
		const last = turns.at(-1);
		return last && this.isFresh(last) ? turns : [];
	}

	/** @returns what is known of a response that this node made; undefined of any other */
	async turn(responseId: string): Promise<KeptTurn | undefined> {
		const turn = keptTurnFrom(await readJson(this.fileOf(responseId)));
		return turn?.responseId === responseId && this.isFresh(turn) ? turn : undefined;
	}

	/** @returns the last picture as of a turn, checked; undefined when it is gone or damaged */
	async pictureOf({ picture }: KeptTurn): Promise<Buffer | undefined> {
		if (!picture) return undefined;
		const bytes = await fs.readFile(this.pictureFile(picture)).catch(() => undefined);
		const digest = bytes && createHash('sha256').update(bytes).digest('hex');
		return digest === picture.sha256 ? bytes : undefined;
	}

	private pictureFile({ sha256, format }: NonNullable<KeptTurn['picture']>): string {
		return path.join(this.pictures, `${sha256}.${format}`);
	}

	/**
	 * Remembers a turn: under its response id, and as the newest of its session.
	 * @param turn `askedFrom` is what the session's last turn was when this one began
	 * @param bytes of `turn.picture`, when this turn made it
	 * @returns warnings; never throws, as the turn is paid already
	 */
	async keep(
		session: { readonly name: SessionName; readonly reset: boolean } | undefined,
		turn: KeptTurn,
		bytes?: Buffer,
	): Promise<string[]> {
		try {
			if (bytes && turn.picture) {
				await ensureFolder(this.pictures);
				await writeWhole(this.pictureFile(turn.picture), bytes);
			}
			const file = this.fileOf(turn.responseId);
			await ensureFolder(path.dirname(file));
			await writeWhole(file, JSON.stringify(turn));
			const forked = session !== undefined && (await this.advance(session, turn));
			// What could not be deleted today is deleted tomorrow.
			await pruneSessions(this.options.folder, this.limits, this.now()).catch(() => undefined);
			return forked ? [forkWarning] : [];
		} catch (error) {
			return [
				`The conversation could not be kept, so a later message will not know of this turn: ${whatAndAdvice(error)}`,
			];
		}
	}

	/** @returns whether the session had gone on elsewhere meanwhile */
	private async advance(
		{ name, reset }: { readonly name: SessionName; readonly reset: boolean },
		turn: KeptTurn,
	): Promise<boolean> {
		let forked = false;
		await updateDocument(this.folderOf(name), (current) => {
			const turns = turnsFrom(current);
			const last = turns.findLast(this.isFresh);
			const isKept = turns.some(({ responseId }) => responseId === turn.responseId);
			forked = !isKept && !reset && last !== undefined && last.responseId !== turn.askedFrom;
			return isKept ? undefined : { turns: [...turns, turn].slice(-TURNS_KEPT) };
		});
		return forked;
	}
}

const forkWarning =
	'Another execution answered in this session at the same time: both pictures go on from the turn before, and the next message goes on from this one';
