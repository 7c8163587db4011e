import type { INodeProperties } from 'n8n-workflow';
import { GptImage } from '../../nodes/GptImage/GptImage.node';
import { GptImageCost } from '../../nodes/GptImageCost/GptImageCost.node';
import { GptImageTrigger } from '../../nodes/GptImageTrigger/GptImageTrigger.node';

const { properties } = new GptImage().description;

const operations = properties
	.filter(({ name }) => name === 'operation')
	.flatMap(({ displayOptions, options = [] }) =>
		options.map((option) => [
			String(displayOptions?.show?.resource?.[0]),
			'value' in option ? String(option.value) : '',
		]),
	);

const isShown = ({ displayOptions }: INodeProperties, resource: string, operation: string) =>
	displayOptions?.show?.resource?.includes(resource) === true &&
	displayOptions.show.operation?.includes(operation) === true;

it('finds the operations', () => {
	expect(operations).toHaveLength(7);
});

// Where one has none, n8n tells the agent the name of the action, and the user cannot change it.
it.each(operations)('an agent is told what its tool does: %s %s', (resource, operation) => {
	const told = properties.filter(
		(property) => property.name === 'toolDescription' && isShown(property, resource, operation),
	);
	expect(told).toHaveLength(1);
	expect(told[0]).toMatchObject({ default: expect.stringMatching(/^[A-Z].{40,}\.$/) });
});

it.each(['estimate', 'compare', 'summarize'])('and of Cost: %s', (operation) => {
	const told = new GptImageCost().description.properties.filter(
		({ name, displayOptions }) =>
			name === 'toolDescription' && displayOptions?.show?.operation?.includes(operation),
	);
	expect(told).toHaveLength(1);
});

it('the trigger says how to test it in its own words', () => {
	const { triggerPanel } = new GptImageTrigger().description;
	expect(triggerPanel).toMatchObject({
		header: 'Wait for OpenAI to finish an order',
		executionsHelp: {
			inactive: expect.stringContaining('order an image with GPT Image'),
			active: expect.stringContaining('order an image with GPT Image'),
		},
	});
});
