import type { Call, ItemRef } from '../../../core/job';

export const itemAt = (executionId: string, itemIndex: number, nodeId = 'node'): ItemRef => ({
	workflowId: 'workflow',
	nodeId,
	executionId,
	runIndex: 0,
	itemIndex,
});
export const callOf = (usd: number | null, images = 1): Pick<Call, 'estimate' | 'weight'> => ({
	estimate: { usd: { min: usd, max: usd } },
	weight: { images, inputImages: 0 },
});
