import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hostEnvironment, type HostPorts } from './environment';
import { hostModules } from './paths';
import { freePorts } from './ports';
import { answers, Service } from './service';

/** An installed n8n, and the Node that runs it. */
export interface Host {
	/** Its node_modules. */
	modules: string;
	node: string;
}

export const usualHost: Host = { modules: hostModules, node: process.execPath };

export interface N8nOptions {
	/** Instead of the n8n beside this file. */
	host?: Host;
	/**
	 * n8n's user folder and working directory. Like the home folder of n8n's Docker image it holds
	 * `.n8n` (settings, database, installed packages) and `.n8n-files` (what file nodes may touch).
	 */
	folder: string;
	/** Added to, or instead of, the environment of environment.ts. */
	env?: Record<string, string>;
}

export interface WorkerOptions extends N8nOptions {
	/** Executions that this worker runs at the same time. */
	concurrency: number;
}

export interface N8n {
	url: string;
	service: Service;
}

/** Starts n8n on free loopback ports and waits until it answers. */
export async function startN8n({ folder, env, host }: N8nOptions): Promise<N8n> {
	const ports = await mainAndBroker();
	const url = `http://127.0.0.1:${ports.main}`;
	const service = await startProgram({
		name: 'n8n',
		args: ['start'],
		host,
		folder,
		env: { ...hostEnvironment(folder, ports), ...env },
		// Old versions call themselves ready before they serve the second.
		readyUrls: [`${url}/healthz/readiness`, `${url}/rest/settings`],
	});
	return { url, service };
}

/**
 * Starts a worker of queue mode. `env` must be what the main process got (database, Redis,
 * EXECUTIONS_MODE); `folder` is the main's, so that both load the same installed packages.
 */
export async function startWorker({ folder, env, concurrency }: WorkerOptions): Promise<N8n> {
	const ports = await mainAndBroker();
	const url = `http://127.0.0.1:${ports.main}`;
	const service = await startProgram({
		name: `n8n-worker-${ports.main}`,
		args: ['worker', `--concurrency=${concurrency}`],
		folder,
		env: {
			...hostEnvironment(folder, ports),
			QUEUE_HEALTH_CHECK_ACTIVE: 'true',
			QUEUE_HEALTH_CHECK_PORT: String(ports.main),
			...env,
		},
		readyUrls: [`${url}/healthz/readiness`],
	});
	return { url, service };
}

interface Program {
	name: string;
	args: string[];
	host?: Host;
	folder: string;
	env: Record<string, string>;
	readyUrls: string[];
}

async function startProgram({
	name,
	args,
	host = usualHost,
	folder,
	env,
	readyUrls,
}: Program): Promise<Service> {
	const logFile = join(folder, `${name}.log`);
	await mkdir(folder, { recursive: true });
	await rm(logFile, { force: true });
	const service = new Service({
		name,
		command: host.node,
		args: [join(host.modules, 'n8n', 'bin', 'n8n'), ...args],
		cwd: folder,
		env,
		logFile,
		isReady: async () => {
			for (const readyUrl of readyUrls) if (!(await answers(readyUrl))) return false;
			return true;
		},
	});
	await service.start();
	return service;
}

async function mainAndBroker(): Promise<HostPorts> {
	const [main = 0, broker = 0] = await freePorts(2);
	return { main, broker };
}
