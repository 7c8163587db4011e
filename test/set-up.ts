import { offerPostgres } from './services/shared-postgres';
import { start } from './temporary';

/** Before the first test file of a Jest run. */
export default async function setUp(): Promise<void> {
	start();
	await offerPostgres(process.env.TEST_POSTGRES === 'required');
}
