import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExecutionLifecycleHooks, HookContext, WebhookContext } from 'n8n-core';
import {
	Workflow,
	type ICredentialDataDecryptedObject,
	type IDataObject,
	type INodeExecutionData,
	type IWebhookData,
	type IWebhookDescription,
} from 'n8n-workflow';
import { GptImageTrigger } from '../../../nodes/GptImageTrigger/GptImageTrigger.node';
import { additionalData, node, nodeTypesOf } from '../../workflows/engine';

const TYPE = 'n8n-nodes-gpt-image.gptImageTrigger';
const nodeTypes = { [TYPE]: new GptImageTrigger() };

/** A workflow with the trigger, with n8n's own contexts around the node and HTTP before it. */
export class Published {
	readonly workflow: Workflow;
	/** The items of each execution that was started. */
	readonly started: INodeExecutionData[][] = [];
	private readonly trigger = new GptImageTrigger();
	private readonly server = createServer();

	constructor(
		private readonly credential: ICredentialDataDecryptedObject,
		/** As n8n's WEBHOOK_URL says. */
		private readonly address = 'https://n8n.example.com',
		parameters: IDataObject = { events: ['batch.completed', 'batch.failed'] },
		staticData: IDataObject = {},
	) {
		this.workflow = new Workflow({
			id: 'w1',
			name: 'Catalogue overnight',
			nodes: [
				node('GPT Image Trigger', TYPE, parameters, {
					webhookId: 'hook-1',
					credentials: { gptImageApi: { id: '1', name: 'GPT Image account' } },
				}),
			],
			connections: {},
			active: true,
			nodeTypes: nodeTypesOf(nodeTypes),
			staticData,
		});
	}

	/** What n8n stores with the workflow. */
	get staticData(): IDataObject {
		return this.workflow.getStaticData('node', this.node);
	}

	/** As n8n does it when the workflow is published, and when n8n starts. */
	async publish(): Promise<void> {
		const { checkExists, create } = this.trigger.webhookMethods.default;
		if (!(await checkExists.call(this.hooks()))) await create.call(this.hooks());
	}

	async unpublish(): Promise<boolean> {
		return await this.trigger.webhookMethods.default.delete.call(this.hooks());
	}

	/** Takes calls at a port of its own. @returns the origin */
	async listen(): Promise<string> {
		this.server.on('request', (request, response) => {
			const pieces: Buffer[] = [];
			request.on('data', (piece: Buffer) => pieces.push(piece));
			request.on('end', async () => {
				const httpRequest = { headers: request.headers, rawBody: Buffer.concat(pieces) };
				const httpResponse = {
					status: (code: number) => {
						response.statusCode = code;
						return httpResponse;
					},
					end: () => response.end(),
				};
				const additional = { ...this.additional(), httpRequest, httpResponse };
				const context = new WebhookContext(
					this.workflow,
					this.node,
					additional as unknown as ReturnType<typeof additionalData>,
					'webhook',
					this.webhookData(),
					[],
					null,
				);
				const { workflowData, noWebhookResponse } = await this.trigger.webhook.call(context);
				if (workflowData?.[0]) this.started.push(workflowData[0]);
				if (noWebhookResponse !== true) response.end();
			});
		});
		this.server.listen(0, '127.0.0.1');
		await new Promise((resolve) => this.server.once('listening', resolve));
		return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
	}

	close(): void {
		this.server.closeAllConnections();
		this.server.close();
	}

	private get node() {
		const found = this.workflow.getNode('GPT Image Trigger');
		if (!found) throw new Error('The workflow has no trigger');
		return found;
	}

	private additional() {
		const workflow = { id: 'w1', name: 'w1', nodes: [this.node], connections: {} };
		const options = { workflow, nodeTypes, credentials: { gptImageApi: this.credential } };
		const hooks = new ExecutionLifecycleHooks('trigger', '1', {
			...workflow,
			active: true,
			activeVersionId: null,
			isArchived: false,
			createdAt: new Date(0),
			updatedAt: new Date(0),
		});
		const data = additionalData(options, hooks, '1');
		return { ...data, webhookBaseUrl: `${this.address}/webhook` };
	}

	private webhookData(): IWebhookData {
		const [webhookDescription] = this.trigger.description.webhooks ?? [];
		return {
			httpMethod: 'POST',
			node: this.node.name,
			path: 'hook-1/webhook',
			webhookDescription: webhookDescription as IWebhookDescription,
			workflowId: 'w1',
			workflowExecuteAdditionalData: this.additional(),
		};
	}

	private hooks(): HookContext {
		return new HookContext(
			this.workflow,
			this.node,
			this.additional(),
			'trigger',
			'activate',
			this.webhookData(),
		);
	}
}
