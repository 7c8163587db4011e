/** The answer to an AI agent that uses the node as its tool: n8n drops binaries there. */

import { NodeConnectionTypes, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';
import { excerpt } from '../../core/rules/parameters';
import type { Output } from '../../core/job';

/**
 * Whether an agent runs the node as its tool. n8n's own question is answered with no when its engine
 * runs the tool for the agent (2.41); it then tells the node to log its output as a tool's. n8n's Agents
 * do not: only the name of the type says it.
 */
export const isToolRun = (
	// n8n 2.0 does not have the question yet.
	context: Omit<IExecuteFunctions, 'isToolExecution'> &
		Partial<Pick<IExecuteFunctions, 'isToolExecution'>>,
): boolean =>
	context.isToolExecution?.() === true ||
	context.getNode().rewireOutputLogTo === NodeConnectionTypes.AiTool ||
	context.getNode().type.endsWith('Tool');

const longestPrompt = 200;

/** How the next call refers to this image: in a conversation by its response, else by its URL. */
function handleOf({ conversation }: Output['image'], url?: string): IDataObject | undefined {
	if (!conversation) return url === undefined ? undefined : { url };
	const { sessionKey, responseId, imageCallId } = conversation;
	return { ...(sessionKey === undefined ? {} : { sessionKey }), responseId, imageCallId };
}

/** @returns a small answer with a handle by which the agent can have this very image changed later */
export function toolAnswer(
	output: Output,
	file: { readonly fileName?: string; readonly url?: string },
): IDataObject {
	const { conversation, cost } = output.image;
	const warnings = output.warnings.map(({ message }) => message);
	const handle = handleOf(output.image, file.url);
	const shared = {
		...(handle ? { handle } : {}),
		...(conversation?.text === undefined ? {} : { text: conversation.text }),
		costUsd: cost.usd,
		...(warnings.length > 0 ? { warnings } : {}),
	};
	if (!output.bytes) {
		return {
			description: 'No image was generated: the model responded with text only.',
			...shared,
		};
	}
	const { width, height, format, prompt, revisedPrompt, index, count } = output.image;
	const which = count > 1 ? `Image ${index} of ${count}` : 'An image';
	return {
		description: `${which} of ${width}x${height} pixels (${format}): ${excerpt(revisedPrompt ?? prompt, longestPrompt)}`,
		...shared,
		width,
		height,
		format,
		...(file.fileName === undefined ? {} : { fileName: file.fileName }),
		...(file.url === undefined ? {} : { url: file.url }),
	};
}
