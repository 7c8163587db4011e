import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import type { ValueOf } from '../../core/rules/choices';
import { checkEnum } from '../../core/rules/parameters';

/** @throws invalid_parameter for an event that there is not */
export function readEvents(context: IHookFunctions | IWebhookFunctions): ValueOf<'events'>[] {
	const chosen: unknown = context.getNodeParameter('events', []);
	return (Array.isArray(chosen) ? chosen : [chosen]).flatMap(
		(event: unknown) => checkEnum('events', event, undefined) ?? [],
	);
}
