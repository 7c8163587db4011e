import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf, outputOf } from '../host/execution';
import type { Rest } from '../host/rest';
import { freshFiles, importExample } from './example';
import { sharedStage } from './shared';

const STYLE = 'Matte ceramics, soft northern light. Colors: fog grey, deep blue.';

test("every image of a brand follows its row, with the brand's references by file ID", async () => {
	const stage = await sharedStage();
	const { rest, double } = stage;
	double.reset();
	await freshFiles(stage);
	const [logo, reference] = [await upload(double.url, 'logo'), await upload(double.url, 'style')];
	await createBrands(rest, [
		{ brand: 'Other', style_guide: 'Neon', logo: 'file-none', reference: 'file-none' },
		{ brand: 'Nordlicht', style_guide: STYLE, logo, reference },
	]);
	const { id } = await importExample(rest, 'one-brand');
	const execution = await rest.runWorkflow(id, 'Start');
	assert.equal(failureOf(execution), undefined);

	const drawn = outputOf(execution, 'Draw Images').map(({ json }) => json.image);
	assert.deepEqual(
		drawn.map((image) => {
			const { fileName, width, height, prompt } = image as Record<string, unknown>;
			return [fileName, width, height, prompt];
		}),
		[
			[
				'newsletter-header.png',
				1536,
				1024,
				'A ceramic mug on a windowsill, room for a headline on the left',
			],
			['instagram-post.png', 1024, 1024, 'Two hands around a ceramic mug, seen from above'],
			['shop-banner.png', 1440, 480, 'A row of ceramic mugs on an oak shelf'],
		],
	);
	const sent = double.journal.flatMap(({ body }) => (body?.images ? [body] : []));
	assert.equal(sent.length, 3);
	for (const { prompt, images } of sent) {
		assert.ok(String(prompt).includes(STYLE));
		assert.deepEqual(images, [{ file_id: logo }, { file_id: reference }]);
	}
	assert.equal(outputOf(execution, 'Save Images').length, 3);
});

/** As a person uploads it on OpenAI's page. */
async function upload(url: string, name: string): Promise<string> {
	const form = new FormData();
	form.set('purpose', 'vision');
	form.set('file', new File([PIXEL], `${name}.png`, { type: 'image/png' }));
	const answer = await fetch(`${url}/files`, {
		method: 'POST',
		headers: { authorization: 'Bearer sk-local-double' },
		body: form,
	});
	assert.equal(answer.status, 200);
	return ((await answer.json()) as { id: string }).id;
}

const PIXEL = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
	'base64',
);

async function createBrands(rest: Rest, rows: ReadonlyArray<Record<string, string>>) {
	const { id: project } = await rest.call<{ id: string }>('GET', '/rest/projects/personal');
	const path = `/rest/projects/${project}/data-tables`;
	const columns = Object.keys(rows[0] ?? {}).map((name) => ({ name, type: 'string' }));
	const { id } = await rest.call<{ id: string }>('POST', path, { name: 'brands', columns });
	await rest.call('POST', `${path}/${id}/insert`, { data: rows, returnType: 'count' });
}
