import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { startDouble, type Double } from '../openai-double';
import { hostVersion, installHost } from './install';
import { openInstance, type Instance } from './instance';
import { buildAndPack, type PackedPackage } from './pack';
import { repository } from './paths';
import { step } from './progress';
import type { SavedCredential } from './types';

export interface Stage extends Instance {
	double: Double;
	packed: PackedPackage;
	credential: SavedCredential;
}

export const CREDENTIAL_TYPE = 'gptImageApi';

/** The name n8n's editor gives to the first credential of this type; the examples refer to it. */
export const CREDENTIAL_NAME = 'GPT Image account';

/** What a person would type into the credential to work with the double. */
export function doubleCredential(double: Double): ICredentialDataDecryptedObject {
	return {
		apiKey: 'sk-local-double',
		organizationId: '',
		projectId: '',
		baseUrl: double.url,
	};
}

/**
 * All that the demo, the development editor and the end-to-end tests stand on: n8n with our built
 * package, the OpenAI double, and a credential between them.
 */
export async function openStage(folder: string): Promise<Stage> {
	process.once('SIGINT', exitOnInterrupt).once('SIGTERM', exitOnTermination);
	await installHost();
	const packed = await step('Building and packing the package', async () => {
		await rm(join(folder, 'package'), { recursive: true, force: true });
		return await buildAndPack(repository, join(folder, 'package'));
	});
	const double = await startDouble();
	console.log(`- The mock OpenAI server runs at ${double.url}`);
	let instance: Instance | undefined;
	const close = async () => {
		await instance?.close();
		await double.close();
	};
	try {
		instance = await step(
			`Starting n8n ${await hostVersion()} with ${packed.name} ${packed.version}`,
			async () => await openInstance({ folder, packed }),
			() => 'starting, installing',
		);
		const data = doubleCredential(double);
		const credential = await instance.rest.saveCredential(CREDENTIAL_NAME, CREDENTIAL_TYPE, data);
		return { ...instance, double, packed, credential, close };
	} catch (error) {
		await close();
		throw error;
	}
}

// Without a handler, a signal ends this process without its "exit" event, which ends n8n.
export const exitOnInterrupt = () => process.exit(130);
const exitOnTermination = () => process.exit(143);
