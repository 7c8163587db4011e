import type { Stage } from '../host/stage';
import type { WorkflowFile } from '../host/types';

type Node = WorkflowFile['nodes'][number];
export type NodeParameters = Node['parameters'];

export const START: Node = {
	id: 'start',
	name: 'Start',
	type: 'n8n-nodes-base.manualTrigger',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/**
 * A trigger and a GPT Image node: what most looks at the editor need. It has no ID, so that each
 * import is a workflow of its own: the editor may still be saving the last one.
 */
export function oneNode(
	{ credential }: Pick<Stage, 'credential'>,
	parameters: NodeParameters,
): WorkflowFile {
	return {
		name: 'In the browser',
		nodes: [
			START,
			{
				id: 'image',
				name: 'GPT Image',
				type: 'n8n-nodes-gpt-image.gptImage',
				typeVersion: 1,
				position: [240, 0],
				parameters,
				credentials: { gptImageApi: { id: credential.id, name: credential.name } },
			},
		],
		connections: { Start: { main: [[{ node: 'GPT Image', type: 'main', index: 0 }]] } },
	};
}
