import { promises as fs } from 'node:fs';
import files from 'node:fs';
import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	INodeType,
	IWorkflowBase,
} from 'n8n-workflow';
import { execute, node, outputOf, startNode } from './engine';

/** A process of n8n with the built package. It runs workflows, several at once, until it is killed. */

export interface Task {
	readonly executionId: string;
	readonly prompts: readonly string[];
	readonly parameters: IDataObject;
	/** Fields of the credential. */
	readonly credential: IDataObject;
	/** Where it kills itself: before an image is written, or in the node behind ours. */
	readonly dieAt: 'image' | 'later' | undefined;
}
export interface Report {
	readonly executionId: string;
	readonly error: string | undefined;
	/** `json.image` of what came out. */
	readonly images: readonly IDataObject[];
}
/** To it; from it come reports. */
export type Message = { readonly start: Task } | { readonly cancel: string };

const cancels = new Map<string, () => void>();
const die = (): never => {
	process.kill(process.pid, 'SIGKILL');
	throw new Error('It is dead');
};

function laterNode(dies: boolean): INodeType {
	const description = { ...startNode([]).description, name: 'later', inputs: ['main' as const] };
	return {
		description,
		async execute() {
			return dies ? die() : [this.getInputData()];
		},
	};
}

/** As `npm run build` has made it. */
function ourNode(): INodeType {
	const built = require('../../dist/nodes/GptImage/GptImage.node.js') as {
		GptImage: new () => INodeType;
	};
	return new built.GptImage();
}

const connect = (name: string) => ({ main: [[{ node: name, type: 'main' as const, index: 0 }]] });

async function run(task: Task): Promise<Report> {
	const { executionId, prompts, parameters, credential, dieAt } = task;
	if (dieAt === 'image') {
		const { open } = fs;
		fs.open = async (file, ...more) =>
			String(file).includes('/images/') ? die() : await open(file, ...more);
	}
	const workflow: Pick<IWorkflowBase, 'id' | 'nodes' | 'connections'> = {
		id: 'races',
		nodes: [
			node('Start', 'test.start'),
			node(
				'GPT Image',
				'test.gptImage',
				{ prompt: '={{ $json.prompt }}', quality: 'low', ...parameters },
				{ credentials: { gptImageApi: { id: '1', name: 'Double' } } },
			),
			node('Later', 'test.later'),
		],
		connections: { Start: connect('GPT Image'), 'GPT Image': connect('Later') },
	};
	const ended = await execute({
		executionId,
		workflow,
		nodeTypes: {
			'test.start': startNode(prompts.map((prompt) => ({ json: { prompt } }))),
			'test.gptImage': ourNode(),
			'test.later': laterNode(dieAt === 'later'),
		},
		credentials: {
			gptImageApi: {
				...{ organizationId: '', projectId: '', ...credential },
			} as ICredentialDataDecryptedObject,
		},
		onStart: ({ cancel }) => cancels.set(executionId, cancel),
	});
	const error = ended.data.resultData.error?.message;
	const images = outputOf(ended, 'GPT Image').map(({ json }) => json.image as IDataObject);
	return { executionId, error, images };
}

/** As in a container of its own: others cannot look at its processes, and have only its signs of life. */
function moveToContainer(name: string): void {
	const { readlinkSync } = files;
	Reflect.set(files, 'readlinkSync', (file: string) =>
		file === '/proc/self/ns/pid' ? name : readlinkSync(file),
	);
}

function main(): void {
	const [, , container] = process.argv;
	if (container) moveToContainer(container);
	ourNode();
	process.on('message', (message: Message) => {
		if ('cancel' in message) cancels.get(message.cancel)?.();
		else void run(message.start).then((report) => process.send?.(report));
	});
	process.on('disconnect', () => process.exit());
	process.send?.('ready');
}
main();
