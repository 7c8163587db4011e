import {
	NodeConnectionTypes,
	type IBinaryData,
	type IDataObject,
	type IExecuteFunctions,
} from 'n8n-workflow';
import type { Picture, Reply } from '../../core/job';

/** What an AI agent reads that uses the node as its tool: n8n drops binaries at that border. */

/**
 * Whether an agent runs the node as its tool. n8n's own question is answered with no when its engine
 * runs the tool for the agent (2.41); it then tells the node to log its output as a tool's.
 */
export const isToolRun = (context: IExecuteFunctions): boolean =>
	context.isToolExecution() || context.getNode().rewireOutputLogTo === NodeConnectionTypes.AiTool;

const longestPrompt = 200;
/** Of the URL; long enough for a chat to be read again on the next day. */
const urlExpires = '1 day';

/**
 * @param binary as n8n stored it
 * @returns an address from which anybody can fetch the picture for a day; undefined where n8n cannot
 * sign one, because it keeps binaries in memory
 */
export function signedUrl(
	context: IExecuteFunctions,
	binary: IBinaryData | undefined,
): string | undefined {
	if (!binary?.id) return undefined;
	try {
		return context.helpers.createBinarySignedUrl(binary, urlExpires);
	} catch {
		return undefined;
	}
}

const shortened = (text: string): string =>
	text.length > longestPrompt ? `${text.slice(0, longestPrompt)}…` : text;

/** By what the next call finds this picture again; undefined for one outside a conversation. */
function handleOf({ conversation }: Picture | Reply): IDataObject | undefined {
	if (!conversation) return undefined;
	const { sessionKey, responseId, imageCallId } = conversation;
	return { ...(sessionKey === undefined ? {} : { sessionKey }), responseId, imageCallId };
}

/**
 * @returns a small answer in JSON: what was made, what it cost, and the handle by which the agent can
 * have this very picture changed in a later call
 */
export function toolAnswer(
	picture: Picture | Reply,
	file: { readonly fileName?: string; readonly url?: string } = {},
): IDataObject {
	const { conversation, cost, warnings } = picture;
	const handle = handleOf(picture);
	const shared = {
		...(handle ? { handle } : {}),
		...(conversation?.text === undefined ? {} : { text: conversation.text }),
		costUsd: cost.usd,
		...(warnings.length > 0 ? { warnings: [...warnings] } : {}),
	};
	if (!picture.bytes) {
		return { description: 'No picture was made: the model answered in words.', ...shared };
	}
	const { width, height, format, prompt, revisedPrompt, index, count } = picture;
	const which = count > 1 ? `Picture ${index} of ${count}` : 'A picture';
	return {
		description: `${which} of ${width}x${height} pixels (${format}): ${shortened(revisedPrompt ?? prompt)}`,
		...shared,
		width,
		height,
		format,
		...(file.fileName === undefined ? {} : { fileName: file.fileName }),
		...(file.url === undefined ? {} : { url: file.url }),
	};
}
