import { startDouble, type Double } from '../../openai-double';
import { generate } from './generate';

let double: Double;
beforeAll(async () => (double = await startDouble()));
afterAll(async () => await double.close());
beforeEach(() => double.reset());

it('brings the frames of a stream and its usage', async () => {
	const answer = await generate(double, 'a mug', { params: { partialImages: 2 } });
	expect(answer.partials).toHaveLength(2);
	expect(answer.images).toHaveLength(1);
	// 196 for the image and 100 for each frame.
	expect(answer.usage).toMatchObject({ output_tokens: 396 });
});
