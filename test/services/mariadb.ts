import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../host/command';
import { freePorts } from '../host/ports';
import type { Service } from '../host/service';
import { ensurePackages } from './apt';
import { emptyFolder } from './folder';
import { accepts } from './ports';
import { isRoot } from './root';
import { startDaemon } from './service';

export interface MariaDb {
	/** Host and port in one, as WordPress wants them. */
	host: string;
	database: string;
	user: string;
	password: string;
	service: Service;
}

/** Starts a MariaDB server with one empty database and its user. */
export async function startMariaDb(): Promise<MariaDb> {
	await ensurePackages('mariadb-server');
	const [port = 0] = await freePorts(1);
	const folder = await emptyFolder('mariadb');
	const account = { database: 'wordpress', user: 'wordpress', password: 'brush and ink' };
	const data = join(folder, 'data');
	// As root it would otherwise become the user mysql, who might not be allowed to look in here.
	const identity = isRoot() ? ['--user=root'] : [];
	await run(
		'mariadb-install-db',
		['--no-defaults', ...identity, `--datadir=${data}`, '--skip-test-db'],
		{ cwd: folder },
	);
	const setUp = join(folder, 'set-up.sql');
	await writeFile(
		setUp,
		`CREATE DATABASE IF NOT EXISTS ${account.database};
CREATE OR REPLACE USER '${account.user}'@'%' IDENTIFIED BY '${account.password}';
GRANT ALL ON ${account.database}.* TO '${account.user}'@'%';
`,
	);
	const service = await startDaemon({
		name: 'mariadb',
		command: 'mariadbd',
		args: [
			...['--no-defaults', ...identity, `--datadir=${data}`, `--init-file=${setUp}`],
			// A relative socket lies in the data folder; its full path could be too long for one.
			...[`--port=${port}`, '--bind-address=127.0.0.1', '--socket=mariadb.sock'],
			...['--skip-name-resolve', `--pid-file=${join(folder, 'pid')}`],
		],
		folder,
		isReady: async () => await accepts(port),
	});
	return { ...account, host: `127.0.0.1:${port}`, service };
}
