import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { setTimeout as sleep } from 'node:timers/promises';

/**
 * - `pass`: as if it were not there
 * - `cut`: connections end, and new ones are not taken
 * - `blackHole`: nothing arrives, nothing ends; a connection that lost something so stays dead
 * - `deafAfterCommit`: the next COMMIT is sent on, its answer is not
 * - `slow`: every answer takes 100 ms more
 */
export type Weather = 'pass' | 'cut' | 'blackHole' | 'deafAfterCommit' | 'slow';
const SLOW_MS = 100;

export interface TcpProxy {
	readonly port: number;
	weather: Weather;
	close: () => Promise<void>;
}

/** A network of one's own between a client and a server on this machine. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
	const sockets = new Set<Socket>();
	let weather: Weather = 'pass';
	const server = createServer((client) => {
		if (weather === 'cut') {
			client.destroy();
			return;
		}
		const upstream = connect(target, '127.0.0.1');
		let isDeaf = false;
		let isGone = false;
		let answered = Promise.resolve();
		client.on('data', (data) => {
			isGone ||= weather === 'blackHole';
			if (isGone) return;
			isDeaf ||= weather === 'deafAfterCommit' && data.includes('COMMIT\0');
			upstream.write(data);
		});
		upstream.on('data', (data) => {
			isGone ||= weather === 'blackHole';
			const ms = weather === 'slow' ? SLOW_MS : 0;
			answered = answered.then(async () => {
				if (ms > 0) await sleep(ms);
				if (!isGone && !isDeaf && !client.destroyed) client.write(data);
			});
		});
		for (const [socket, other] of [
			[client, upstream],
			[upstream, client],
		] as const) {
			sockets.add(socket);
			socket.on('error', () => undefined);
			socket.on('close', () => {
				sockets.delete(socket);
				if (!isDeaf && weather !== 'blackHole') other.destroy();
			});
		}
	});
	const cut = () => sockets.forEach((socket) => socket.destroy());
	await once(server.listen(0, '127.0.0.1'), 'listening');
	return {
		port: (server.address() as AddressInfo).port,
		get weather() {
			return weather;
		},
		set weather(next) {
			weather = next;
			if (next === 'cut') cut();
		},
		close: async () => {
			cut();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
