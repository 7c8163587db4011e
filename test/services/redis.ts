import { freePorts } from '../host/ports';
import type { Service } from '../host/service';
import { ensurePackages } from './apt';
import { emptyFolder } from './folder';
import { accepts } from './ports';
import { startDaemon } from './service';

export interface Redis {
	port: number;
	service: Service;
}

/** A Redis that keeps everything in memory. */
export async function startRedis(): Promise<Redis> {
	await ensurePackages('redis-server');
	const [port = 0] = await freePorts(1);
	const service = await startDaemon({
		name: 'redis',
		command: 'redis-server',
		args: ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
		folder: await emptyFolder('redis'),
		isReady: async () => await accepts(port),
	});
	return { port, service };
}
