import { once } from 'node:events';
import { startMariaDb } from './mariadb';
import { startPostgres } from './postgres';
import { startRedis } from './redis';
import { startS3 } from './s3';
import { startWordPress } from './wordpress';

interface Started {
	about: object;
	close: () => Promise<void>;
}

const services: Record<string, () => Promise<Started>> = {
	mariadb: async () => {
		const { service, ...about } = await startMariaDb();
		return { about, close: async () => await service.stop() };
	},
	postgres: async () => {
		const { connection, close } = await startPostgres();
		return { about: connection, close };
	},
	redis: async () => {
		const { service, port } = await startRedis();
		return { about: { host: '127.0.0.1', port }, close: async () => await service.stop() };
	},
	s3: async () => {
		const { service, credential } = await startS3('photos');
		return { about: { ...credential, bucket: 'photos' }, close: async () => await service.stop() };
	},
	wordpress: async () => {
		const { credential, close } = await startWordPress();
		return { about: credential, close };
	},
};

/** Starts one service, tells how to reach it, and stops it on Ctrl-C. */
async function main() {
	const [name = ''] = process.argv.slice(2);
	const start = services[name];
	if (start === undefined) {
		throw new Error(`Name one of these services: ${Object.keys(services).join(', ')}`);
	}
	const { about, close } = await start();
	console.log(name, about, '\nCtrl-C stops it.');
	await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
	await close();
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
});
