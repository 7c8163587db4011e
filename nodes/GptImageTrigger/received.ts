/** A call of OpenAI's: verified, told apart from repetitions, and made an item. */

import type {
	IDataObject,
	IHookFunctions,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { isSigned } from '../../core/openai/webhook-signature';
import type { ValueOf } from '../../core/rules/choices';
import { fieldsOf, listOf, textOf, type Fields } from '../../core/rules/json';
import { checkEnum, toText } from '../../core/rules/parameters';
import { credentialName } from '../host/connection';
import type { OrderEvent } from '../outputs';

/** So many deliveries are remembered; OpenAI repeats one for up to 72 hours. */
const mostRemembered = 200;

function answer(context: IWebhookFunctions, status: 200 | 401): IWebhookResponseData {
	context.getResponseObject().status(status).end();
	return { noWebhookResponse: true };
}

/** An error would start an execution, for anybody who calls: without a credential nothing verifies. */
async function credentialSecret(context: IWebhookFunctions): Promise<string> {
	try {
		return toText((await context.getCredentials(credentialName)).webhookSecret).trim();
	} catch {
		return '';
	}
}

async function isFromOpenAI(
	context: IWebhookFunctions,
	body: Buffer,
	data: IDataObject,
): Promise<boolean> {
	const headers = context.getHeaderData();
	const now = Date.now();
	return (
		isSigned(body, headers, toText(data.secret), now) ||
		isSigned(body, headers, await credentialSecret(context), now)
	);
}

function parse(body: Buffer): Fields {
	try {
		return fieldsOf(JSON.parse(body.toString('utf8')));
	} catch {
		return {};
	}
}

/** @throws invalid_parameter for an event that there is not */
export function readEvents(context: IHookFunctions | IWebhookFunctions): ValueOf<'events'>[] {
	const chosen: unknown = context.getNodeParameter('events', []);
	return (Array.isArray(chosen) ? chosen : [chosen]).flatMap(
		(event: unknown) => checkEnum('events', event, undefined) ?? [],
	);
}

/** @returns undefined for an event that the user did not ask for, and for one that names no order */
function readEvent(context: IWebhookFunctions, body: Buffer): OrderEvent | undefined {
	const { type, created_at: createdAt, data } = parse(body);
	const orderId = textOf(fieldsOf(data).id) ?? '';
	const event = readEvents(context).find((wanted) => wanted === type);
	if (event === undefined || !/^[\w-]{1,200}$/.test(orderId)) return undefined;
	const created = new Date(typeof createdAt === 'number' ? createdAt * 1000 : Date.now());
	const at = Number.isNaN(created.getTime()) ? new Date() : created;
	return { event, orderId, at: at.toISOString() };
}

/**
 * Answers a call: 401 for one that OpenAI did not sign, 200 and nothing for one that came before or
 * is about something else. What is left starts the workflow; n8n answers it once it is recorded.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const { rawBody } = context.getRequestObject();
	const data = context.getWorkflowStaticData('node');
	if (!Buffer.isBuffer(rawBody) || !(await isFromOpenAI(context, rawBody, data))) {
		return answer(context, 401);
	}
	const event = readEvent(context, rawBody);
	const id = toText(context.getHeaderData()['webhook-id']);
	const seen = listOf(data.seen);
	if (event === undefined || seen.includes(id)) return answer(context, 200);
	data.seen = [...seen, id].slice(-mostRemembered);
	return { workflowData: [[{ json: { ...event } }]] };
}
