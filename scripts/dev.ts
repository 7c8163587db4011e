/** npm run dev: n8n with this package and the examples. */

import { once } from 'node:events';
import { join } from 'node:path';
import { provideExampleFile, readExample } from '../test/host/example';
import { cacheFolder } from '../test/host/paths';
import { owner } from '../test/host/rest';
import { exitOnInterrupt, openStage } from '../test/host/stage';

async function main() {
	const folder = join(cacheFolder, 'dev');
	const stage = await openStage(folder);
	process.off('SIGINT', exitOnInterrupt);
	const interrupted = once(process, 'SIGINT');
	try {
		const files = await provideExampleFile('products.csv', folder);
		const example = await readExample('spreadsheet-to-images');
		// Kept as it is when it is there: changes made in the editor are somebody's work.
		const workflow =
			(example.id && (await stage.rest.findWorkflow(example.id))) ||
			(await stage.rest.importWorkflow(example));
		console.log(`
n8n's editor:  ${stage.url}/workflow/${workflow.id}
Sign in with:  ${owner.email}
Password:      ${owner.password}
Files:         ${files}
OpenAI mock:   ${stage.double.url} (credential "${stage.credential.name}")

Ctrl-C stops everything; the next start finds your workflows again.`);
		await interrupted;
		console.log('\nStopping');
	} finally {
		await stage.close();
	}
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? `\n${error.message}` : error);
	process.exitCode = 1;
});
