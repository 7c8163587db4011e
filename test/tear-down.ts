import { endPostgres } from './services/shared-postgres';
import { end } from './temporary';

/** After the last test file of a Jest run. */
export default async function tearDown(): Promise<void> {
	await endPostgres();
	end();
}
