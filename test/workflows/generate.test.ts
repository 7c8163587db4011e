import sharp from 'sharp';
import { startDouble, type Double } from '../openai-double';
import { bytesOf, useBinaryMode } from './engine';
import { runGptImage } from './gpt-image';

let double: Double;
beforeAll(async () => {
	double = await startDouble();
	await useBinaryMode('memory');
});
afterAll(async () => await double.close());
beforeEach(() => double.reset());

it('turns each row into a picture', async () => {
	const { items, error } = await runGptImage({
		baseUrl: double.url,
		items: [
			{ json: { sku: 'A1', what: 'a red mug' } },
			{ json: { sku: 'B2', what: 'a blue cup' } },
		],
		parameters: { prompt: '=Photo of {{ $json.what }}', quality: 'low' },
	});
	expect(error).toBeUndefined();
	console.log(JSON.stringify(items[0]?.json, null, 1));
	expect(items).toHaveLength(2);
	const png = await bytesOf(items[1]?.binary?.data);
	expect(await sharp(png).metadata()).toMatchObject({ width: 1024, height: 1024, format: 'png' });
});
