import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { startDouble } from '../openai-double';
import { hostVersion, installHost } from './install';
import { openInstance, type Instance } from './instance';
import { buildAndPack, type PackedPackage } from './pack';
import { repository } from './paths';
import { step } from './progress';
import type { SavedCredential } from './types';

export type OpenAiDouble = Awaited<ReturnType<typeof startDouble>>;

export interface Stage extends Instance {
	double: OpenAiDouble;
	packed: PackedPackage;
	credential: SavedCredential;
	/** Stops n8n and the double; the folder stays. */
	close: () => Promise<void>;
}

export const CREDENTIAL_TYPE = 'gptImageApi';

/** The name n8n's editor gives to the first credential of this type; the examples refer to it. */
const CREDENTIAL_NAME = 'GPT Image account';

/** What a person would type into the credential to work with the double. */
export function doubleCredential(double: OpenAiDouble): ICredentialDataDecryptedObject {
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
	console.log(`- The local OpenAI double answers at ${double.url}`);
	try {
		const instance = await step(
			`Starting n8n ${await hostVersion()} with ${packed.name} ${packed.version}`,
			async () => await openInstance({ folder, packed }),
			() => 'starting, installing',
		);
		const close = async () => {
			await instance.service.stop();
			await double.close();
		};
		try {
			const credential = await instance.rest.saveCredential(
				CREDENTIAL_NAME,
				CREDENTIAL_TYPE,
				doubleCredential(double),
			);
			return { ...instance, double, packed, credential, close };
		} catch (error) {
			await instance.service.stop();
			throw error;
		}
	} catch (error) {
		await double.close();
		throw error;
	}
}

// Without a handler, a signal ends this process without its "exit" event, which ends n8n.
export const exitOnInterrupt = () => process.exit(130);
const exitOnTermination = () => process.exit(143);
