import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectTo, startPostgres, type Postgres } from '../services/postgres';
import { startTcpProxy, type TcpProxy } from '../services/tcp-proxy';
import { mayMount, SmallDisk } from './disk';
import type { Trouble } from './plan';
import { isRunning, type Entry, type Ground, type StoreView } from './store-view';

/** Hosts with folders of their own that share a store in PostgreSQL, each behind a network of its own. */

interface Host {
	readonly name: string;
	readonly folder: string;
	readonly proxy: TcpProxy;
	readonly disk: SmallDisk | undefined;
}

/** Longer than a lease: then the dead of another host hold nothing. */
const LEASE_PASSES_MS = 2_500;

const outboxOf = ({ folder }: Host): string => path.join(folder, '.n8n', 'gpt-image', 'outbox');
const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

interface Row {
	readonly id: string;
	readonly key: string;
	readonly state: string;
	readonly pid: number | null;
}
interface ImageRow extends Row {
	readonly part: number;
	readonly sha256: string;
}

/** The tables and the hosts' outboxes, read by SQL of its own and never through core/. */
class HostsView implements StoreView {
	constructor(
		private readonly postgres: Postgres,
		private readonly database: string,
		private readonly hosts: readonly Host[],
	) {}

	private async rows<T>(sql: string): Promise<T[]> {
		const client = await connectTo({ ...this.postgres.connection, database: this.database });
		try {
			// The tables are made by the first claim.
			const made = await client.query("SELECT to_regclass('gpt_image.meta') AS meta");
			return made.rows[0]?.meta === null ? [] : (await client.query(sql)).rows;
		} finally {
			await client.end();
		}
	}

	private readonly purchases = async (states: string): Promise<Row[]> =>
		await this.rows(
			`SELECT p.id, p.key, p.state, w.pid FROM gpt_image.purchase p LEFT JOIN gpt_image.worker w ON w.id = p.worker WHERE p.state IN (${states})`,
		);

	async entries(): Promise<Entry[]> {
		const rows = await this.rows<ImageRow>(
			`SELECT p.id, p.key, p.state, w.pid, piece.part, encode(sha256(string_agg(piece.bytes, ''::bytea ORDER BY piece.n)), 'hex') AS sha256
			FROM gpt_image.purchase p JOIN gpt_image.piece ON piece.purchase = p.id LEFT JOIN gpt_image.worker w ON w.id = p.worker
			WHERE p.state IN ('kept', 'available', 'delivered', 'damaged') GROUP BY p.id, p.key, p.state, w.pid, piece.part`,
		);
		const known = new Set(rows.map(({ id }) => id));
		const inDatabase = rows.map((row) => ({
			purchase: row.id,
			key: row.key,
			sha256: row.sha256,
			isOwed: row.state === 'kept' || row.state === 'available',
			isHeld: row.state === 'kept' && isRunning(row),
			file: `${row.id} ${row.part}`,
		}));
		return [...inDatabase, ...this.hosts.flatMap((host) => this.waitingOn(host, known))];
	}

	/** What only this host knows, because the database was away. */
	private waitingOn(host: Host, known: ReadonlySet<string>): Entry[] {
		const owed = path.join(outboxOf(host), 'owed');
		return namesIn(owed)
			.filter((name) => /^[^.]+\.json$/.test(name))
			.map((name) => JSON.parse(readFileSync(path.join(owed, name), 'utf8')) as Row)
			.filter(({ id }) => !known.has(id))
			.flatMap(({ id, key }) => {
				const images = path.join(outboxOf(host), 'images', id.slice(0, 2));
				return namesIn(images)
					.filter((name) => name.startsWith(id) && !name.endsWith('.tmp'))
					.map((name) => {
						const file = path.join(images, name);
						const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
						return {
							...{ purchase: id, key, sha256, isOwed: true, isHeld: false },
							...{ file, host: host.name },
						};
					});
			});
	}

	async openCalls(): Promise<number> {
		const rows = await this.rows(
			`SELECT id FROM gpt_image.purchase p WHERE state IN ('sent', 'lost') AND NOT EXISTS (SELECT 1 FROM gpt_image.purchase paid
			WHERE paid.id = p.teller AND paid.state IN ('kept', 'available', 'delivered'))`,
		);
		return rows.length;
	}

	/** Also what a process still has to write down. */
	async isBuying(): Promise<boolean> {
		return (await this.purchases("'waiting', 'claimed', 'sent', 'kept'")).some(isRunning);
	}

	async counted(): Promise<number> {
		const [row] = await this.rows<{ sum: string }>(
			'SELECT COALESCE(SUM(COALESCE(spent, reserved)), 0) AS sum FROM gpt_image.purchase',
		);
		return Number(row?.sum ?? 0);
	}

	async damage({ file }: Entry): Promise<void> {
		if (path.isAbsolute(file)) {
			const bytes = readFileSync(file);
			const middle = bytes.length >> 1;
			bytes[middle] = (bytes[middle] ?? 0) ^ 1;
			writeFileSync(file, bytes);
			return;
		}
		const [id, part] = file.split(' ');
		await this.rows(
			`UPDATE gpt_image.piece SET bytes = set_byte(bytes, length(bytes) / 2, get_byte(bytes, length(bytes) / 2) # 1) WHERE purchase = '${id}' AND part = ${part} AND n = 0`,
		);
	}
}

/** A database server with what is around it, for one series after the other. */
export class Cluster {
	private crashing = Promise.resolve();

	private constructor(
		private readonly postgres: Postgres,
		readonly hosts: number,
	) {}

	static async start(hosts: number): Promise<Cluster> {
		return new Cluster(await startPostgres(), hosts);
	}

	async close(): Promise<void> {
		await this.postgres.close();
	}

	/** @param folder of the series, in which each host has its own */
	async ground(folder: string, fills: boolean): Promise<Ground> {
		const { postgres, hosts: count } = this;
		const { user, password, port } = postgres.connection;
		const database = `series_${randomUUID().replaceAll('-', '')}`;
		const client = await postgres.connect();
		await client.query(`CREATE DATABASE ${database}`);
		await client.end();
		const hosts = await Promise.all(
			Array.from({ length: count }, async (_, n): Promise<Host> => {
				const own = `${folder}-host-${n}`;
				const disk = fills && mayMount() ? SmallDisk.mountAt(own) : undefined;
				return { name: `host ${n}`, folder: own, proxy: await startTcpProxy(port), disk };
			}),
		);
		const urlOf = ({ proxy }: Host): string =>
			`postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${proxy.port}/${database}`;
		let played = 0;
		return {
			view: new HostsView(postgres, database, hosts),
			place: () => {
				const host = hosts[played++ % hosts.length];
				if (!host) throw new Error('There is no host');
				return { folder: host.folder, host: { name: host.name, store: urlOf(host) } };
			},
			disks: hosts.flatMap(({ disk }) => disk ?? []),
			trouble: (troubles) => this.trouble(hosts, troubles),
			leaseMs: LEASE_PASSES_MS,
			close: async () => {
				for (const { disk } of hosts) disk?.unmount();
				await Promise.all(hosts.map(async ({ proxy }) => await proxy.close()));
			},
		};
	}

	private trouble(
		hosts: readonly Host[],
		troubles: readonly Trouble[],
	): () => Promise<readonly string[]> {
		const ended = new AbortController();
		const { signal } = ended;
		const happened: string[] = [];
		const pause = async (ms: number): Promise<unknown> =>
			await sleep(ms, undefined, { signal }).catch(() => undefined);
		const playing = troubles.map(async ({ kind, host, afterMs, forMs }) => {
			await pause(afterMs);
			if (signal.aborted) return;
			happened.push(kind);
			if (kind === 'databaseCrash') {
				// One that is starting cannot be stopped.
				this.crashing = this.crashing.then(async () => {
					await this.postgres.crash();
					await pause(forMs);
					await this.postgres.service.start();
				});
				return await this.crashing;
			}
			const proxy = hosts[host % hosts.length]?.proxy;
			if (!proxy) return;
			proxy.weather = kind;
			await pause(forMs);
			proxy.weather = 'pass';
		});
		return async () => {
			ended.abort();
			await Promise.all(playing);
			return happened;
		};
	}
}
