import { GptImageError } from '../errors';
import { refusal } from './trouble';

/** What PostgreSQL, `pg` and the network say, in words for the person who set the database up. */

/** https://www.postgresql.org/docs/current/errcodes-appendix.html, and the network's own codes. */
const PASSING =
	/^(08|57P0|53300|40001|40P01|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/;
/** `pg` gives its own failures no code. */
const PASSING_TEXT = /timeout|terminated|not queryable/i;
/** A schema or table that was there. */
const GONE = /^(3F000|42P01)/;
/** Of one statement: its values, a constraint, its text. */
const OWN = /^(2[123]|42(?!501|P01)|54)/;

/** Whatever was thrown: several addresses that all refuse have a code and no message. */
function read(error: unknown): { readonly code: string; readonly message: string } {
	const { code = '', message = '' } = Object(error) as { code?: string; message?: string };
	return { code, message: message || code };
}

/** Whether the same transaction may succeed in a moment. */
export function isPassing(error: unknown): boolean {
	const { code, message } = read(error);
	return PASSING.test(code) || PASSING_TEXT.test(message);
}

/** Whether somebody has deleted the tables since they were made. */
export const isGone = (error: unknown): boolean => GONE.test(read(error).code);

/**
 * @param role who the database says we are
 * @returns `store_unavailable`, or `unexpected` for what is wrong with one transaction. Without the
 *   original as its cause, which may hold the connection.
 */
export function storeError(error: unknown, role: string): GptImageError {
	if (error instanceof GptImageError) return error;
	const { code, message } = read(error);
	if (OWN.test(code))
		return refusal('unexpected', `The store failed: ${message}`, 'Please report this message.');
	const text = `The store's database cannot be used: ${message}`;
	return refusal('store_unavailable', text, adviceFor(code, role));
}

function adviceFor(code: string, role: string): string {
	if (code === '42501') {
		const to = `TO "${role.replaceAll('"', '""')}";`;
		return `Have the database's owner run:
CREATE SCHEMA IF NOT EXISTS gpt_image;
GRANT USAGE, CREATE ON SCHEMA gpt_image ${to}
GRANT ALL ON ALL TABLES IN SCHEMA gpt_image ${to}`;
	}
	if (code === '25006') return 'Set N8N_GPT_IMAGE_STORE to the primary server, not to a replica.';
	if (code === '53100') return "Free space on the database server's disk.";
	if (/^(28|3D000)/.test(code))
		return 'Check the user, the password and the database in N8N_GPT_IMAGE_STORE (or in DB_POSTGRESDB_*, if it is n8n).';
	return 'Check that the database of N8N_GPT_IMAGE_STORE is running and can be reached from this machine.';
}
