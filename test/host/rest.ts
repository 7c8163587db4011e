import { createRequire } from 'node:module';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
	ExecutionStatus,
	IBinaryData,
	ICredentialDataDecryptedObject,
	INodeTypeDescription,
	IRunExecutionData,
} from 'n8n-workflow';
import { hostFolder } from './paths';
import type {
	CredentialTest,
	Execution,
	InstalledPackage,
	SavedCredential,
	SavedWorkflow,
	WorkflowFile,
} from './types';

export const owner = {
	email: 'owner@example.com',
	firstName: 'Olive',
	lastName: 'Owner',
	password: 'Paint-1-image',
};

const RUNNING: readonly ExecutionStatus[] = ['new', 'running', 'waiting'];
const POLL_MS = 250;

export interface WaitOptions {
	timeoutSeconds?: number;
}

/** A refusal or failure that n8n's REST API answered with. */
export class RestError extends Error {
	constructor(
		readonly method: string,
		readonly path: string,
		readonly status: number,
		readonly body: string,
	) {
		super(`${method} ${path} was answered with ${status}: ${body}`);
	}
}

interface PublicationStatus {
	status: string;
	triggers: ReadonlyArray<{ errorMessage: string | null }>;
}

/** What n8n's editor does over HTTP, for one instance and one signed-in person. */
export class Rest {
	private cookie = '';

	/** n8n binds a session to the browser that signed in. */
	private readonly browserId = randomUUID();

	constructor(readonly url: string) {}

	/** Signs in as the owner; sets the owner up first on a new instance. */
	async signIn(): Promise<void> {
		const { userManagement } = await this.call<{
			userManagement: { showSetupOnFirstLoad?: boolean };
		}>('GET', '/rest/settings');
		if (userManagement.showSetupOnFirstLoad) await this.call('POST', '/rest/owner/setup', owner);
		const { email, password } = owner;
		await this.call('POST', '/rest/login', { emailOrLdapLoginId: email, password });
	}

	async nodeTypes(): Promise<INodeTypeDescription[]> {
		return await this.json('/types/nodes.json');
	}

	async credentialTypes(): Promise<Array<{ name: string; displayName: string }>> {
		return await this.json('/types/credentials.json');
	}

	async installedPackages(): Promise<InstalledPackage[]> {
		return await this.call('GET', '/rest/community-packages');
	}

	/** What the Install button of the community-nodes screen calls. */
	async installPackage(name: string): Promise<InstalledPackage> {
		return await this.call('POST', '/rest/community-packages', { name });
	}

	async updatePackage(name: string): Promise<InstalledPackage> {
		return await this.call('PATCH', '/rest/community-packages', { name });
	}

	/** Saves a credential under its name, in place of one of that name and type. */
	async saveCredential(
		name: string,
		type: string,
		data: ICredentialDataDecryptedObject,
	): Promise<SavedCredential> {
		const saved = await this.call<SavedCredential[]>('GET', '/rest/credentials');
		const same = saved.find((credential) => credential.name === name && credential.type === type);
		return same === undefined
			? await this.call('POST', '/rest/credentials', { name, type, data })
			: await this.call('PATCH', `/rest/credentials/${same.id}`, { name, type, data });
	}

	/** What the credential dialog shows after saving. */
	async testCredential(
		{ id, name, type }: SavedCredential,
		data: ICredentialDataDecryptedObject,
	): Promise<CredentialTest> {
		return await this.call('POST', '/rest/credentials/test', {
			credentials: { id, name, type, data },
		});
	}

	async findWorkflow(id: string): Promise<SavedWorkflow | undefined> {
		try {
			return await this.call<SavedWorkflow>('GET', `/rest/workflows/${id}`);
		} catch (error) {
			if (error instanceof RestError && error.status === 404) return undefined;
			throw error;
		}
	}

	/** Imports a workflow file; one that was imported before (same id) is replaced. */
	async importWorkflow(file: WorkflowFile): Promise<SavedWorkflow> {
		const { id, name, nodes, connections, settings } = file;
		// Without pinned data n8n 2.41 saves null, and every second "Execute step" fails on it.
		const body = { name, nodes, connections, settings: settings ?? {}, pinData: {} };
		return id !== undefined && (await this.findWorkflow(id)) !== undefined
			? await this.call('PATCH', `/rest/workflows/${id}`, body)
			: await this.call('POST', '/rest/workflows', { id, active: false, ...body });
	}

	/** Starts a workflow as the editor's button does, and returns the execution's id at once. */
	async startWorkflow(id: string, trigger: string): Promise<string> {
		const { executionId } = await this.call<{ executionId: string }>(
			'POST',
			`/rest/workflows/${id}/run`,
			{ triggerToStartFrom: { name: trigger } },
		);
		return executionId;
	}

	/** Starts a workflow and waits for its end, whatever that is: see `status`. */
	async runWorkflow(id: string, trigger: string, options?: WaitOptions): Promise<Execution> {
		return await this.finished(await this.startWorkflow(id, trigger), options);
	}

	/** Waits until an execution has ended and reads its data. */
	async finished(
		executionId: string,
		{ timeoutSeconds = 300 }: WaitOptions = {},
	): Promise<Execution> {
		return await this.poll(`execution ${executionId} to end`, timeoutSeconds, async () => {
			const execution = await this.execution(executionId);
			return RUNNING.includes(execution.status) ? undefined : execution;
		});
	}

	async execution(executionId: string): Promise<Execution> {
		const { id, status, data } = await this.call<{
			id: string;
			status: ExecutionStatus;
			data: string;
		}>('GET', `/rest/executions/${executionId}`);
		return { id, status, data: unflatten(data) };
	}

	async stopExecution(executionId: string): Promise<void> {
		await this.call('POST', `/rest/executions/${executionId}/stop`);
	}

	/** Publishes a workflow and waits until its triggers listen. */
	async activateWorkflow({ id, versionId }: SavedWorkflow): Promise<void> {
		await this.call('POST', `/rest/workflows/${id}/activate`, { versionId });
		await this.poll(`workflow ${id} to be published`, 60, async () => {
			const { status, triggers } = await this.call<PublicationStatus>(
				'GET',
				`/rest/workflows/${id}/publication-status`,
			);
			if (status === 'failed') {
				const reasons = triggers.map(({ errorMessage }) => errorMessage ?? '').join('; ');
				throw new Error(`n8n could not publish workflow ${id}: ${reasons}`);
			}
			return status === 'published' ? status : undefined;
		});
	}

	/** The bytes of an item's binary, wherever n8n keeps them. */
	async download({ id, data }: IBinaryData): Promise<Buffer> {
		if (id === undefined) return Buffer.from(data, 'base64');
		const query = new URLSearchParams({ id, action: 'download' });
		const answer = await this.send('GET', `/rest/binary-data?${query}`);
		return Buffer.from(await answer.arrayBuffer());
	}

	/** Any call of n8n's internal API; returns the `data` of its answer. */
	async call<Data>(method: string, path: string, body?: object): Promise<Data> {
		const answer = await this.send(method, path, body);
		const text = await answer.text();
		if (text === '') return undefined as Data;
		return (JSON.parse(text) as { data: Data }).data;
	}

	/** Any request with this session; throws unless the answer's status says success. */
	async send(method: string, path: string, body?: object): Promise<Response> {
		const answer = await fetch(`${this.url}${path}`, {
			method,
			headers: {
				'browser-id': this.browserId,
				...(this.cookie && { cookie: this.cookie }),
				...(body && { 'content-type': 'application/json' }),
			},
			body: body && JSON.stringify(body),
		}).catch((cause: unknown) => {
			throw new Error(`n8n did not answer ${method} ${path}: see its n8n.log below .cache`, {
				cause,
			});
		});
		for (const cookie of answer.headers.getSetCookie()) {
			if (cookie.startsWith('n8n-auth=')) this.cookie = cookie.split(';')[0] ?? '';
		}
		if (!answer.ok) throw new RestError(method, path, answer.status, await answer.text());
		return answer;
	}

	private async json<Data>(path: string): Promise<Data> {
		return (await (await this.send('GET', path)).json()) as Data;
	}

	private async poll<Result>(
		what: string,
		timeoutSeconds: number,
		look: () => Promise<Result | undefined>,
	): Promise<Result> {
		const deadline = performance.now() + timeoutSeconds * 1000;
		for (;;) {
			const result = await look();
			if (result !== undefined) return result;
			if (performance.now() > deadline) {
				throw new Error(`Waited ${timeoutSeconds} s in vain for ${what}`);
			}
			await sleep(POLL_MS);
		}
	}
}

/** n8n sends execution data in the format of the library "flatted": read it with n8n's own copy. */
function unflatten(data: string): IRunExecutionData {
	const { parse } = createRequire(join(hostFolder, 'package.json'))('flatted') as {
		parse: (text: string) => IRunExecutionData;
	};
	return parse(data);
}
