import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { IDataObject } from 'n8n-workflow';
import sharp from 'sharp';
import { failureOf, outputOf } from '../host/execution';
import type { Stage } from '../host/stage';
import type { Execution, SavedWorkflow } from '../host/types';
import { startWordPress, type WordPress } from '../services/wordpress';
import type { Fault } from '../openai-double';
import { paidIn, until } from './double';
import { freshFiles, importExample } from './example';
import { sharedStage } from './shared';

/** What examples/articles.csv asks for. */
const ARTICLES = [
	{
		slug: 'sourdough-in-winter',
		title: 'Sourdough in winter',
		alt: 'A round sourdough loaf on a floured board by a frosted window',
	},
	{
		slug: 'bicycle-chain-in-ten-minutes',
		title: 'A clean bicycle chain in ten minutes',
		alt: 'Two hands wiping a bicycle chain with a rag',
	},
	{
		slug: 'balcony-herbs',
		title: 'Five herbs for a north-facing balcony',
		alt: 'Mint and chives in clay pots on a shady balcony',
	},
];

interface Post {
	id: number;
	slug: string;
	status: string;
	title: { rendered: string };
	featured_media: number;
}

interface Media {
	alt_text: string;
	mime_type: string;
	source_url: string;
	title: { rendered: string };
	media_details: { width: number; height: number };
}

let started: Promise<WordPress> | undefined;

async function wordPress(): Promise<WordPress> {
	started ??= startWordPress();
	return await started;
}

after(async () => {
	const site = await started?.catch(() => undefined);
	await site?.close();
});

test('articles become WordPress posts with a described featured image', async () => {
	const stage = await sharedStage();
	const { execution, site, workflow } = await runExample(stage, {});
	assert.equal(failureOf(execution), undefined);
	assert.equal(stage.double.journal.length, ARTICLES.length);

	const posts = await site.read<Post[]>('/posts?status=publish');
	for (const { slug, title, alt } of ARTICLES) {
		const post = posts.find((candidate) => candidate.slug === slug);
		assert.equal(post?.title.rendered, title);
		const media = await site.read<Media>(`/media/${post.featured_media}`);
		assert.equal(media.alt_text, alt);
		assert.equal(media.title.rendered, title);
		assert.equal(media.mime_type, 'image/webp');
		assert.equal(new URL(media.source_url).pathname.split('/').at(-1), `${slug}.webp`);
		assert.deepEqual([media.media_details.width, media.media_details.height], [1536, 1024]);

		const image = Buffer.from(await (await fetch(media.source_url)).arrayBuffer());
		assert.equal((await sharp(image).metadata()).format, 'webp');
		const sent = stage.double.journal.find(({ body }) => String(body?.prompt).includes(title));
		assert.deepEqual([sha256(image)], sent?.imageSha256, 'the bytes that were paid');
	}

	const again = await stage.rest.runWorkflow(workflow.id, 'Start');
	assert.equal(failureOf(again), undefined);
	assert.equal(stage.double.journal.length, ARTICLES.length, 'articles with a post cost nothing');
	assert.equal((await site.read<Post[]>('/posts?status=any')).length, ARTICLES.length + 1);
});

test('a wrong WordPress password stops the run before money is spent', async () => {
	const stage = await sharedStage();
	const { execution } = await runExample(stage, {
		change: (csv) => csv.replaceAll(/^(?=\w+-)/gm, 'locked-out-'),
		password: 'wrong',
	});
	assert.match(failureOf(execution) ?? '', /Authorization|not currently logged in/i);
	assert.equal(stage.double.journal.length, 0);
});

test('WordPress goes down after the images were paid: the next run uses them', async () => {
	const stage = await sharedStage();
	const site = await wordPress();
	const change = (csv: string) => csv.replaceAll(/^(?=\w+-)/gm, 'later-');
	const { execution } = await runExample(stage, {
		change,
		faults: [{ kind: 'slow', ms: 2000, times: ARTICLES.length }],
		meanwhile: async () => {
			const { journal } = stage.double;
			await until('all images are asked for', () => journal.length === ARTICLES.length);
			await site.service.kill();
		},
	});
	assert.match(failureOf(execution) ?? '', /refused|ECONNREFUSED|connect/i);
	assert.equal(paidIn(stage.double.journal), ARTICLES.length);

	await site.service.start();
	const again = await runExample(stage, { change, keepJournal: true });
	assert.equal(failureOf(again.execution), undefined);
	assert.equal(paidIn(stage.double.journal), ARTICLES.length, 'nothing was bought again');
	for (const { json } of outputOf(again.execution, 'Draw Images')) {
		const { request, cost } = json.image as { request: IDataObject; cost: IDataObject };
		assert.equal(request.reused, true);
		assert.equal(cost.usd, 0);
	}
	const posts = await site.read<Post[]>('/posts?status=publish&per_page=100');
	const later = posts.filter(({ slug }) => slug.startsWith('later-'));
	assert.equal(later.length, ARTICLES.length);
	assert.ok(later.every((post) => post.featured_media > 0));
});

interface Run {
	/** Changes the list of articles. */
	change?: (csv: string) => string;
	/** Of the WordPress credential; the right one unless told. */
	password?: string;
	faults?: Fault[];
	/** Done while the workflow runs. */
	meanwhile?: () => Promise<void>;
	keepJournal?: boolean;
}

async function runExample(
	stage: Stage,
	{ change, password, faults = [], meanwhile, keepJournal = false }: Run,
): Promise<{ execution: Execution; site: WordPress; workflow: SavedWorkflow }> {
	const site = await wordPress();
	if (!keepJournal) stage.double.reset();
	stage.double.faults.push(...faults);
	const list = join(await freshFiles(stage, 'articles.csv'), 'articles.csv');
	if (change) await writeFile(list, change(await readFile(list, 'utf8')));
	await stage.rest.saveCredential('Wordpress account', 'wordpressApi', {
		...site.credential,
		...(password === undefined ? {} : { password }),
	});
	const workflow = await importExample(stage.rest, 'articles-to-wordpress', {
		site: site.url,
		status: 'publish',
	});
	const executionId = await stage.rest.startWorkflow(workflow.id, 'Start');
	await meanwhile?.();
	return { execution: await stage.rest.finished(executionId), site, workflow };
}

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
