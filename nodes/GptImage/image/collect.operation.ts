/** Image > Collect: its fields, and what they select. */

import { updateDisplayOptions, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';
import { invalidParameter } from '../../../core/errors';
import { labels } from '../../../core/rules/labels';
import { checkBoolean, checkEnum, display, toText } from '../../../core/rules/parameters';
import type { Selection } from '../../../core/run/collect';
import { toolDescriptionField } from '../../fields/image';
import { listField } from '../../fields/list';
import { itemOptions, optionsField } from '../../fields/options';
import { readOptions, workflowIdOf } from '../../host/parameters';
import { switchField, textField } from '../../fields/field';

const cancelOption: INodeProperties = switchField(
	'cancel',
	false,
	'Whether to cancel orders that are not ready, and get the images finished so far. For a batch, only finished images are billed.',
);

/** What the node that ordered an image says of these holds, unless they are set here. */
const collectedOptions: INodeProperties[] = itemOptions
	.filter(({ name }) => name !== 'dryRun')
	.map((option) => {
		const { name, description = '' } = option;
		const own =
			name === 'keepInput'
				? 'Whether to keep the fields of the ordered row in the output'
				: description.replace(/\.$/, '');
		return {
			...option,
			description: `${own}. If not set, as in the node that ordered the image.`,
		};
	});

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['image'], operation: ['collect'] } },
	[
		toolDescriptionField(
			'Gets images that were ordered earlier. Returns those that are ready, with their URLs.',
		),
		listField('collectFrom', 'workflow', 'Which orders to collect'),
		textField('orderId', {
			required: true,
			placeholder: 'e.g. batch_abc123 or resp_abc123',
			hint: "ID of the order, found in 'image.order.id' of each ordered item",
			displayOptions: { show: { collectFrom: ['id'] } },
		}),
		optionsField([cancelOption, ...collectedOptions]),
	],
);

/** @throws invalid_parameter */
export function readSelection(context: IExecuteFunctions, itemIndex: number): Selection {
	const chosen = context.getNodeParameter('collectFrom', itemIndex, '');
	const from = checkEnum('collectFrom', chosen, 'workflow');
	const cancel = checkBoolean('cancel', readOptions(context, itemIndex).cancel, false);
	const all = { remote: undefined, workflowId: undefined, cancel };
	if (from === 'credential') return all;
	if (from === 'workflow') return { ...all, workflowId: workflowIdOf(context) };
	const value = context.getNodeParameter('orderId', itemIndex, '');
	const remote = toText(value).trim();
	if (/^(?:batch|resp)_[\w-]{1,200}$/.test(remote)) return { ...all, remote };
	throw invalidParameter(
		'orderId',
		`'${labels.orderId}' is ${display(value)}`,
		"Enter the ID of a batch or a response, e.g. batch_abc123 or resp_abc123. Every ordered item has it in 'image.order.id'.",
	);
}
