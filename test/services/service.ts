import { join } from 'node:path';
import { Service } from '../host/service';
import { plainEnvironment } from './folder';

interface Daemon {
	name: string;
	command: string;
	args: string[];
	/** Its working directory, where its log goes too. */
	folder: string;
	isReady: () => Promise<boolean>;
	env?: Record<string, string>;
	stopSignal?: NodeJS.Signals;
}

/** Starts a server that stays in the foreground and returns once it is ready. */
export async function startDaemon({ name, folder, env, ...daemon }: Daemon): Promise<Service> {
	const service = new Service({
		...daemon,
		name,
		cwd: folder,
		env: { ...plainEnvironment, ...env },
		logFile: join(folder, `${name}.log`),
	});
	await service.start();
	return service;
}
