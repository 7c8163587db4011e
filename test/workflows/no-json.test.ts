import type { INode, INodeExecutionData } from 'n8n-workflow';
import type { Double } from '../openai-double';
import { outputOf } from './engine';
import { gptImage, runFlow } from './flows';
import { imageItem, onData } from './questions';
import { setUp, startAfresh } from './set-up';

/** Items that have a file and no JSON, as nodes of others may give them. */

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => void startAfresh(double));

const exporting = (parameters: INode['parameters']): INode => ({
	...gptImage('Node'),
	type: 'test.gptImageExport',
	parameters,
});

it.each<[string, INode]>([
	['edited', gptImage('Node', { operation: 'edit', images: onData })],
	['described', gptImage('Node', { operation: 'describe', images: onData })],
	['exported', exporting({ operation: 'export', channels: ['favicon-32'] })],
	['drawn on a sheet', exporting({ operation: 'contactSheet' })],
])('are %s', async (_, node) => {
	const { binary } = await imageItem();
	const run = await runFlow(double, [node], { items: [{ binary } as INodeExecutionData] });
	expect(run.data.resultData.error).toBeUndefined();
	expect(outputOf(run, 'Node')).toHaveLength(1);
});
