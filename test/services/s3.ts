import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { hostFolder, repository } from '../host/paths';
import { freePorts } from '../host/ports';
import type { Service } from '../host/service';
import { emptyFolder } from './folder';
import { accepts } from './ports';
import { startDaemon } from './service';

export interface S3 {
	url: string;
	/** What a person types into n8n's S3 credential. */
	credential: ICredentialDataDecryptedObject;
	service: Service;
	/** Downloads an object as any S3 client would. */
	get: (bucket: string, key: string) => Promise<Response>;
}

/** The only pair of keys that s3rver knows; it does not check signatures made by the secret one. */
const KEYS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

interface Signed {
	headers: Record<string, string>;
	path: string;
}

/** Starts an S3 server that keeps objects as files and has one bucket. */
export async function startS3(bucket: string): Promise<S3> {
	const [port = 0] = await freePorts(1);
	const folder = await emptyFolder('s3');
	const address = ['--address', '127.0.0.1', '--port', String(port)];
	const service = await startDaemon({
		name: 's3',
		command: process.execPath,
		args: [
			join(repository, 'node_modules', 's3rver', 'bin', 's3rver.js'),
			...['--directory', join(folder, 'objects'), ...address],
			...['--no-vhost-buckets', '--configure-bucket', bucket],
		],
		folder,
		isReady: async () => await accepts(port),
	});
	const url = `http://127.0.0.1:${port}`;
	return {
		url,
		service,
		credential: { endpoint: url, region: 'us-east-1', forcePathStyle: true, ...KEYS },
		get: async (from, key) => {
			const path = `/${from}/${key.split('/').map(encodeURIComponent).join('/')}`;
			const { headers } = sign({ service: 's3', host: `127.0.0.1:${port}`, path });
			return await fetch(`${url}${path}`, { headers });
		},
	};
}

/** AWS's signature, version 4, by the library that n8n itself uses. */
function sign(request: { service: string; host: string; path: string }): Signed {
	const aws4 = createRequire(join(hostFolder, 'package.json'))('aws4') as {
		sign: (request: object, keys: typeof KEYS) => Signed;
	};
	return aws4.sign({ ...request, region: 'us-east-1' }, KEYS);
}
