/**
 * One text for both databases. Times are milliseconds since 1970, `day` is days since 1970 (UTC), money is whole units of 1e-10
 * USD, `record` is JSON. Names are unqualified; PostgreSQL has `SET LOCAL search_path`.
 */
export const VERSION = 1;
/** The oldest version of this code that may still work on what this version writes. */
const READABLE_FROM = 1;

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** States of a purchase that somebody may still be working on, and that others wait for. */
export const OPEN = ['waiting', 'claimed', 'sent'];
export const IS_OPEN = "state IN ('waiting', 'claimed', 'sent')";

/** @see schema */
export interface PurchaseRow
	extends
		Readonly<Record<'id' | 'key' | 'scope' | 'item' | 'execution', string>>,
		Readonly<Record<'worker' | 'state' | 'record', string>>,
		Readonly<Record<'session' | 'account' | 'response' | 'teller', string | null>>,
		Readonly<Record<'ended' | 'images' | 'created_at' | 'changed_at' | 'keep_until', number>>,
		Readonly<Record<'day' | 'reserved' | 'spent' | 'sent_at', number | null>> {}

/**
 * `purchase`:
 * - `scope`: JSON of [workflow, node]; never changes
 * - `item`: JSON of the item that wants it, or got it last
 * - `execution`: the one that bought it; never changes. `ended` 1: it is over, whatever its call still brings
 * - `worker`: who buys it or holds it; '' = nobody
 * - `state`: waiting (in line) -> claimed -> sent (a call may be under way) -> kept -> delivered, or
 *   available (owed); lost (may have been billed) -> told, which only counts in its day's sum;
 *   refused (for good, in this execution); damaged; ordered (for later)
 * - `teller`: the purchase with which this lost one is told
 */
export const schema: readonly string[] = [
	`CREATE TABLE IF NOT EXISTS meta (one integer PRIMARY KEY CHECK (one = 1), version integer NOT NULL, readable_from integer NOT NULL, pruned_at bigint NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS worker (id text PRIMARY KEY, host text NOT NULL, realm text NOT NULL, pid integer NOT NULL, start text NOT NULL, seen_at bigint NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS purchase (
		id text PRIMARY KEY, key text NOT NULL, scope text NOT NULL, item text NOT NULL, execution text NOT NULL, session text, worker text NOT NULL,
		state text NOT NULL CHECK (state IN ('waiting', 'claimed', 'sent', 'kept', 'available', 'delivered', 'lost', 'told', 'refused', 'damaged', 'ordered')),
		ended integer NOT NULL, account text, day bigint, images integer NOT NULL, reserved bigint, spent bigint, response text, teller text,
		created_at bigint NOT NULL, sent_at bigint, changed_at bigint NOT NULL, keep_until bigint NOT NULL, record text NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS part (purchase text NOT NULL, n integer NOT NULL, sha256 text, size integer NOT NULL, format text NOT NULL, record text NOT NULL, PRIMARY KEY (purchase, n))`,
	`CREATE TABLE IF NOT EXISTS account (id text PRIMARY KEY, paused_until bigint NOT NULL)`,
	`CREATE INDEX IF NOT EXISTS purchase_key ON purchase (key, created_at)`,
	`CREATE INDEX IF NOT EXISTS purchase_day ON purchase (account, day, spent, reserved)`,
	`CREATE INDEX IF NOT EXISTS purchase_sent ON purchase (account, sent_at, images)`,
	`CREATE INDEX IF NOT EXISTS purchase_execution ON purchase (execution)`,
	`CREATE INDEX IF NOT EXISTS purchase_session ON purchase (session, created_at) WHERE session IS NOT NULL`,
	`CREATE INDEX IF NOT EXISTS purchase_teller ON purchase (teller) WHERE teller IS NOT NULL`,
	`CREATE INDEX IF NOT EXISTS purchase_response ON purchase (response) WHERE response IS NOT NULL`,
	`CREATE INDEX IF NOT EXISTS purchase_ordered ON purchase (account, created_at) WHERE state = 'ordered'`,
	`INSERT INTO meta (one, version, readable_from, pruned_at) VALUES (1, ${VERSION}, ${READABLE_FROM}, 0) ON CONFLICT (one) DO NOTHING`,
];
