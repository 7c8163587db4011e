import 'reflect-metadata';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * n8n's real engine in this process: workflow JSON in, the run's data out. Only what surrounds the
 * engine in a full n8n (database, push, web server) is missing.
 */

// n8n-core reads these when it is loaded, so the requires below come after them.
process.env.N8N_USER_FOLDER ??= mkdtempSync(path.join(tmpdir(), 'gpt-image-engine-'));
process.env.N8N_ENCRYPTION_KEY ??= 'a key for tests only';
// Expected failures would fill the test report.
process.env.N8N_LOG_LEVEL ??= 'silent';

import { Container } from '@n8n/di';
import {
	BinaryDataConfig,
	BinaryDataService,
	ExecutionLifecycleHooks,
	WorkflowExecute,
} from 'n8n-core';
import {
	createRunExecutionData,
	ICredentialsHelper,
	NodeHelpers,
	Workflow,
	type IBinaryData,
	type ICredentialDataDecryptedObject,
	type IDataObject,
	type IHttpRequestOptions,
	type INode,
	type INodeCredentialsDetails,
	type INodeExecutionData,
	type INodeType,
	type INodeTypes,
	type IRun,
	type IVersionedNodeType,
	type IWorkflowBase,
	type IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';

import { GptImageApi } from '../../credentials/GptImageApi.credentials';

export type BinaryMode = 'memory' | 'filesystem';

export interface EngineRun {
	/** The workflow's nodes and connections, as n8n exports them. */
	readonly workflow: Pick<IWorkflowBase, 'nodes' | 'connections'> & Partial<IWorkflowBase>;
	readonly nodeTypes: Readonly<Record<string, INodeType | IVersionedNodeType>>;
	readonly credentials?: Readonly<Record<string, ICredentialDataDecryptedObject>>;
	readonly executionId?: string;
	/** Of an execution with this ID that waits: it goes on behind the node that made it wait. */
	readonly waiting?: IRun['data'];
	readonly mode?: 'manual' | 'trigger' | 'webhook';
	/** Receives the running execution, e.g. to cancel it. */
	readonly onStart?: (run: { cancel: () => void }) => void;
	readonly onUiMessage?: (message: unknown) => void;
}

/** Chooses where binaries go; files land under the given folder. */
export async function useBinaryMode(mode: BinaryMode, folder?: string): Promise<BinaryDataService> {
	const config = Container.get(BinaryDataConfig);
	config.mode = mode === 'memory' ? 'default' : 'filesystem';
	if (folder) config.localStoragePath = folder;
	const service = Container.get(BinaryDataService);
	await service.init();
	return service;
}

/** The bytes behind a binary field of an item, wherever they are stored. */
export async function bytesOf(binary: IBinaryData | undefined): Promise<Buffer> {
	if (!binary) throw new Error('The item has no such binary field');
	return await Container.get(BinaryDataService).getAsBuffer(binary);
}

class GivenCredentials extends ICredentialsHelper {
	constructor(private readonly data: Readonly<Record<string, ICredentialDataDecryptedObject>>) {
		super();
	}
	getParentTypes(): string[] {
		return [];
	}
	isCredentialUsableByNode(): boolean {
		return true;
	}
	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		_type: string,
		options: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		return await new GptImageApi().authenticate(credentials, options);
	}
	async preAuthentication(): Promise<undefined> {
		return undefined;
	}
	async runPreAuthentication(): Promise<undefined> {
		return undefined;
	}
	async getCredentials(_details: INodeCredentialsDetails, type: string): Promise<never> {
		throw new Error(`Credentials of type ${type} are not stored in tests`);
	}
	async getDecrypted(
		_data: IWorkflowExecuteAdditionalData,
		_details: INodeCredentialsDetails,
		type: string,
	): Promise<ICredentialDataDecryptedObject> {
		const found = this.data[type];
		if (!found) throw new Error(`No credential of type ${type}`);
		return found;
	}
	async updateCredentials(): Promise<void> {}
	async updateCredentialsOauthTokenData(): Promise<void> {}
	getCredentialsProperties(): [] {
		return [];
	}
}

const url = 'http://127.0.0.1:5678/';

export function additionalData(
	options: EngineRun,
	hooks: ExecutionLifecycleHooks,
	executionId: string,
) {
	return {
		credentialsHelper: new GivenCredentials(options.credentials ?? {}),
		currentNodeExecutionIndex: 0,
		executionId,
		hooks,
		restApiUrl: `${url}rest`,
		instanceBaseUrl: url,
		webhookBaseUrl: `${url}webhook`,
		webhookWaitingBaseUrl: `${url}webhook-waiting`,
		webhookTestBaseUrl: `${url}webhook-test`,
		formWaitingBaseUrl: `${url}form-waiting`,
		variables: {},
		logAiEvent: () => undefined,
		setExecutionStatus: () => undefined,
		sendDataToUI: (_type: string, message: unknown) => options.onUiMessage?.(message),
	} as unknown as IWorkflowExecuteAdditionalData;
}

export function nodeTypesOf(given: EngineRun['nodeTypes']): INodeTypes {
	const find = (name: string): INodeType | IVersionedNodeType => {
		const type = given[name];
		if (!type) throw new Error(`Node type ${name} was not given to the engine`);
		return type;
	};
	return {
		getByName: find,
		getByNameAndVersion: (name, version) => NodeHelpers.getVersionedNodeType(find(name), version),
		getKnownTypes: () => ({}),
	};
}

let executions = 0;

/** Runs a workflow from its first node and waits for the end. */
export async function execute(options: EngineRun): Promise<IRun> {
	const executionId = options.executionId ?? String(++executions);
	const workflow = new Workflow({
		id: options.workflow.id ?? 'test-workflow',
		name: options.workflow.name ?? 'Test',
		nodes: options.workflow.nodes,
		connections: options.workflow.connections,
		active: false,
		nodeTypes: nodeTypesOf(options.nodeTypes),
		settings: { executionOrder: 'v1', ...options.workflow.settings },
	});
	const mode = options.mode ?? 'trigger';
	const workflowData = {
		...options.workflow,
		id: workflow.id,
		name: workflow.name ?? 'Test',
	} as IWorkflowBase;
	const hooks = new ExecutionLifecycleHooks(mode, executionId, workflowData);
	const start = options.workflow.nodes[0];
	const first = start && workflow.getNode(start.name);
	if (!first) throw new Error('The workflow has no nodes');
	const runData =
		options.waiting ??
		createRunExecutionData({
			executionData: {
				nodeExecutionStack: [{ node: first, data: { main: [[{ json: {} }]] }, source: null }],
			},
		});
	const engine = new WorkflowExecute(additionalData(options, hooks, executionId), mode, runData);
	const running = engine.processRunExecutionData(workflow);
	options.onStart?.({ cancel: () => running.cancel() });
	return await running;
}

/** A trigger that emits the given items, binaries included. */
export function startNode(items: readonly INodeExecutionData[]): INodeType {
	return {
		description: {
			displayName: 'Start',
			name: 'start',
			group: ['trigger'],
			version: 1,
			description: 'Emits the items of the test',
			defaults: { name: 'Start' },
			inputs: [],
			outputs: ['main'],
			properties: [],
		},
		async execute() {
			return [items.map((item) => ({ ...item }))];
		},
	};
}

export const node = (
	name: string,
	type: string,
	parameters: IDataObject = {},
	more: Partial<INode> = {},
): INode => ({
	id: `id-of-${name}`,
	name,
	type,
	typeVersion: 1,
	position: [0, 0],
	parameters: parameters as INode['parameters'],
	...more,
});

/** Items that a node put out in its last run. */
export const outputOf = (run: IRun, name: string, output = 0): INodeExecutionData[] =>
	run.data.resultData.runData[name]?.at(-1)?.data?.main?.[output] ?? [];
