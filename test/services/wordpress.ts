import { randomBytes } from 'node:crypto';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { run } from '../host/command';
import { freePorts } from '../host/ports';
import { answers, type Service } from '../host/service';
import { ensurePackages } from './apt';
import { emptyFolder } from './folder';
import { startMariaDb, type MariaDb } from './mariadb';
import { startDaemon } from './service';

export interface WordPress {
	url: string;
	/** What a person types into n8n's Wordpress credential. */
	credential: ICredentialDataDecryptedObject;
	service: Service;
	/** Reads from the REST API as the editor: `path` is below /wp-json/wp/v2. */
	read: <Data>(path: string) => Promise<Data>;
	/** Stops the site and its database. */
	close: () => Promise<void>;
}

const PACKAGES = [
	'wordpress',
	...['php-cli', 'php-mysql', 'php-xml', 'php-gd', 'php-curl', 'php-mbstring'],
];

/** Where Debian's package puts the program. */
const PROGRAM = '/usr/share/wordpress';

const EDITOR = 'editor';

/** Starts a new, empty WordPress site whose REST API takes an application password. */
export async function startWordPress(): Promise<WordPress> {
	await ensurePackages(...PACKAGES, 'mariadb-server');
	const database = await startMariaDb();
	try {
		return await startSite(database);
	} catch (error) {
		await database.service.stop();
		throw error;
	}
}

async function startSite(database: MariaDb): Promise<WordPress> {
	const [port = 0] = await freePorts(1);
	const url = `http://127.0.0.1:${port}`;
	const folder = await emptyFolder('wordpress');
	const site = join(folder, 'site');
	// Debian's copy shares some libraries by links that lead out of it.
	await cp(PROGRAM, site, { recursive: true, dereference: true });
	await writeFile(join(site, 'wp-config.php'), configuration(database, url));
	const password = await install(site);

	const service = await startDaemon({
		name: 'wordpress',
		command: 'php',
		args: [...PHP_LIMITS, '-S', `127.0.0.1:${port}`, '-t', site],
		folder,
		// A page may have to wait for another one of the same site.
		env: { PHP_CLI_SERVER_WORKERS: '3' },
		isReady: async () => await answers(`${url}/wp-json/`),
	});
	const authorization = `Basic ${Buffer.from(`${EDITOR}:${password}`).toString('base64')}`;
	return {
		url,
		credential: { username: EDITOR, password, url, allowUnauthorizedCerts: false },
		service,
		read: async <Data>(path: string) => {
			const answer = await fetch(`${url}/wp-json/wp/v2${path}`, { headers: { authorization } });
			if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
			return (await answer.json()) as Data;
		},
		close: async () => {
			await service.stop();
			await database.service.stop();
		},
	};
}

/** Images are larger than the 2 MB that PHP takes unless told. */
const PHP_LIMITS = ['upload_max_filesize=64M', 'post_max_size=64M'].flatMap((limit) => [
	'-d',
	limit,
]);

/** A local site (so that application passwords work without TLS) that never calls out. */
function configuration({ host, database, user, password }: MariaDb, url: string): string {
	const secret = () => randomBytes(32).toString('hex');
	const constants: Record<string, string | boolean> = {
		WP_SITEURL: url,
		DB_HOST: host,
		DB_NAME: database,
		DB_USER: user,
		DB_PASSWORD: password,
		DB_CHARSET: 'utf8mb4',
		DB_COLLATE: '',
		AUTH_KEY: secret(),
		SECURE_AUTH_KEY: secret(),
		LOGGED_IN_KEY: secret(),
		NONCE_KEY: secret(),
		AUTH_SALT: secret(),
		SECURE_AUTH_SALT: secret(),
		LOGGED_IN_SALT: secret(),
		NONCE_SALT: secret(),
		WP_ENVIRONMENT_TYPE: 'local',
		WP_HTTP_BLOCK_EXTERNAL: true,
		DISABLE_WP_CRON: true,
		AUTOMATIC_UPDATER_DISABLED: true,
	};
	const lines = Object.entries(constants).map(([name, value]) => {
		return `define('${name}', ${typeof value === 'string' ? `'${value}'` : value});`;
	});
	return `<?php
${lines.join('\n')}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
`;
}

/** Does what the installation page does; returns the application password of the new editor. */
async function install(site: string): Promise<string> {
	const script = `
define('WP_INSTALLING', true);
require '${site}/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Studio', '${EDITOR}', 'editor@example.com', true, '', '${randomBytes(12).toString('hex')}');
update_option('permalink_structure', '/%postname%/');
[$password] = WP_Application_Passwords::create_new_application_password(1, ['name' => 'n8n']);
echo "\\n", $password;
`;
	const output = await run('php', ['-r', script], { cwd: site });
	const password = output.trim().split('\n').at(-1) ?? '';
	if (!/^\w{24}$/.test(password)) throw new Error(`WordPress was not installed:\n${output}`);
	return password;
}
