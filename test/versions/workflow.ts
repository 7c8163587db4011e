import type { WorkflowFile } from '../host/types';

/** Generates, edits the result, converses, and fails once. */
export function workflow(credential: { id: string; name: string }): WorkflowFile {
	const image = (
		name: string,
		parameters: Record<string, unknown>,
		more: Record<string, unknown> = {},
	) => ({
		id: name.toLowerCase(),
		name,
		type: 'n8n-nodes-gpt-image.gptImage',
		typeVersion: 1,
		position: [0, 0] as [number, number],
		parameters: {
			model: { __rl: true, mode: 'list', value: 'gpt-image-2' },
			size: '1024x1024',
			quality: 'low',
			...parameters,
		},
		credentials: { gptImageApi: { id: credential.id, name: credential.name } },
		...more,
	});
	const to = (...names: string[]) => ({
		main: [names.map((node) => ({ node, type: 'main' as const, index: 0 }))],
	});
	return {
		id: 'gptImageVersions',
		name: 'Versions',
		nodes: [
			{
				id: 'start',
				name: 'Start',
				type: 'n8n-nodes-base.manualTrigger',
				typeVersion: 1,
				position: [0, 0],
				parameters: {},
			},
			image('Generate', { resource: 'image', operation: 'generate', prompt: 'a red mug' }),
			image('Edit', { resource: 'image', operation: 'edit', prompt: 'make it blue' }),
			image('Converse', {
				resource: 'conversation',
				operation: 'send',
				prompt: 'a logo',
				chatModel: { __rl: true, mode: 'list', value: 'gpt-5.4' },
			}),
			image(
				'Fail',
				{ resource: 'image', operation: 'generate', prompt: 'a mug [[moderation]]' },
				{ onError: 'continueRegularOutput' },
			),
		],
		connections: {
			Start: to('Generate', 'Converse', 'Fail'),
			Generate: to('Edit'),
		},
	};
}
