import { createReadStream } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import type { PackedPackage } from './pack';

export interface LocalRegistry {
	url: string;
	/** In front of PATH, this folder's `npm` finds the package here and all else where it would. */
	npmFolder: string;
	close: () => Promise<void>;
}

/**
 * An npm registry on loopback that has one package: ours, as if it were published. n8n's
 * community-nodes screen can install from it, with n8n's own code from the HTTP call to the loaded
 * node.
 */
export async function startRegistry(
	packed: PackedPackage,
	workFolder: string,
): Promise<LocalRegistry> {
	const { name, version, manifest, integrity, tarball } = packed;
	const tarballPath = `/${name}/-/${name}-${version}.tgz`;
	const server = createServer((request, response) => {
		response.setHeader('cache-control', 'no-store');
		if (request.url === tarballPath) return createReadStream(tarball).pipe(response);
		if (request.url !== `/${name}`) return response.writeHead(404).end('{}');
		const dist = { tarball: `${url}${tarballPath}`, integrity };
		const versions = { [version]: { ...manifest, dist } };
		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions }));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return {
		url,
		npmFolder: await writeNpm(url, workFolder),
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

/**
 * n8n calls `npm` with --registry=<the public one>, and only a licence lets it use another. So the
 * one thing replaced is the address: `pack` and `view`, which n8n calls for the package itself, go
 * to the local registry; `install`, which is for its dependencies, to the registry that npm is
 * configured for on this machine.
 */
async function writeNpm(registry: string, workFolder: string): Promise<string> {
	const folder = join(workFolder, 'npm');
	const script = `#!/bin/sh
PATH="\${PATH#*${delimiter}}"
case "$1" in
	pack | view | outdated) registry='--registry=${registry}' ;;
	*) registry='' ;;
esac
for argument do
	shift
	case "$argument" in
		--registry=*) ;;
		*) set -- "$@" "$argument" ;;
	esac
done
exec npm "$@" $registry
`;
	await mkdir(folder, { recursive: true });
	await writeFile(join(folder, 'npm'), script);
	await chmod(join(folder, 'npm'), 0o755);
	return folder;
}
