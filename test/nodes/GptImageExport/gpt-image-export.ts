import type { IDataObject, INode, INodeExecutionData } from 'n8n-workflow';
import sharp from 'sharp';
import { GptImageExport } from '../../../nodes/GptImageExport/GptImageExport.node';
import { execute, node, outputOf, startNode } from '../../workflows/engine';

/** The export node after a start node, on n8n's real engine. */

const NAME = 'GPT Image Export';

export async function runExport(options: {
	readonly items: readonly INodeExecutionData[];
	readonly parameters?: IDataObject;
	readonly settings?: Partial<INode>;
}) {
	const run = await execute({
		workflow: {
			nodes: [
				node('Start', 'test.start'),
				node(
					NAME,
					'n8n-nodes-gpt-image.gptImageExport',
					options.parameters ?? {},
					options.settings,
				),
			],
			connections: { Start: { main: [[{ node: NAME, type: 'main', index: 0 }]] } },
		},
		nodeTypes: {
			'test.start': startNode(options.items),
			'n8n-nodes-gpt-image.gptImageExport': new GptImageExport(),
		},
	});
	return {
		items: outputOf(run, NAME),
		/** Items of the error output. */
		failed: outputOf(run, NAME, 1),
		hints: (run.data.resultData.runData[NAME]?.[0]?.hints ?? []).map(({ message }) => message),
		error: run.data.resultData.error ?? run.data.resultData.runData[NAME]?.[0]?.error,
	};
}

export const binary = (bytes: Buffer, fileName: string, mimeType = 'image/png') => ({
	data: bytes.toString('base64'),
	mimeType,
	fileName,
});

/** A flat image as n8n carries it. */
export async function imageOf(width: number, height: number, color: string, fileName = 'mug.png') {
	const bytes = await sharp({ create: { width, height, channels: 3, background: color } })
		.png()
		.toBuffer();
	return binary(bytes, fileName);
}

export const fileOf = (item: INodeExecutionData | undefined) => item?.json.file as IDataObject;
