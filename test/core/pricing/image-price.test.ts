import { tableCalendar } from '../../../core/rules/calendar';
import { imagePrice } from '../../../core/pricing/image-price';

const today = tableCalendar('2026-11-20');
const params = { operation: 'generate', prompt: '', size: '1024x1024', quality: 'medium' } as const;

// Tokens by OpenAI's calculator (facts/openai-images.md) at $30 per million, half in a batch.
it.each([
	['gpt-image-2', {}, false, '$0.0527', true],
	['gpt-image-2', { quality: 'low' }, false, '$0.0059', true],
	['gpt-image-2', { quality: 'High', size: '1536x1024' }, false, '$0.1646', true],
	['gpt-image-2', {}, true, '$0.0263', true],
	['gpt-image-2.5-flare', {}, false, '$0.0132', true],
	['gpt-image-2', { quality: 'auto' }, false, 'about $0.0059 to $0.2107', false],
	['gpt-image-2', { numberOfImages: 4 }, false, '$0.0527', true],
	// Input images and the chat model are billed, too.
	['gpt-image-2', { operation: 'edit' }, false, 'about $0.0527', false],
	['gpt-image-2', { operation: 'send' }, false, 'about $0.0527', false],
] as const)('%s with %j costs what the list says', (model, more, isBatch, text, isExact) => {
	expect(imagePrice({ ...params, model, ...more }, isBatch, today)).toMatchObject({
		text,
		isExact,
	});
});

it.each([
	['gpt-image-9', {}],
	['gpt-image-2', { quality: 'max' }],
	['gpt-image-2', { size: 'custom', width: 1000, height: 1000 }],
	['gpt-image-2', { size: '={{ $json.size }}' }],
])('%s with %j has no price in the list', (model, more) => {
	expect(imagePrice({ ...params, model, ...more }, false, today)).toBeUndefined();
});

it('has the price of a model after its last day, and of a name that stands for one', () => {
	const later = tableCalendar('2026-12-02');
	expect(imagePrice({ ...params, model: 'gpt-image-1.5' }, false, later)).toMatchObject({
		text: 'about $0.0338',
	});
	const deployments = new Map([['shop', 'gpt-image-2']]);
	expect(imagePrice({ ...params, model: 'shop' }, false, { ...later, deployments })).toMatchObject({
		text: '$0.0527',
	});
});
