import type { Locator } from 'playwright-core';
import sharp from 'sharp';
import { provideExampleFile, readExample } from '../host/example';
import type { Stage } from '../host/stage';
import type { WorkflowFile } from '../host/types';
import { wholeCanvas } from './canvases';
import type { Editor } from './editor';
import { boxOf, card, save, withoutInput } from './image';

/** All in one image: a workflow that ran, its node with an image, and what the image cost. */
export async function takeHero({ rest, folder }: Stage, editor: Editor): Promise<void> {
	const { page } = editor;
	await provideExampleFile('campaign.csv', folder);
	const { id } = await rest.importWorkflow(tight(await readExample('campaign-within-budget')));
	await editor.openWorkflow(id);
	await editor.executeWorkflow();
	await editor.closeNotices();
	const canvas = await wholeCanvas(editor);

	await page.setViewportSize({ width: 1440, height: 900 });
	await page.addStyleTag({ content: NO_NEIGHBOURS });
	const node = await editor.openNode('Draw Images');
	const panels = await withoutInput(page, 'parameter-input-quality');
	await node.show('schema');
	await scrollTo(node.output, 'cost');
	const output = await boxOf(node.output);
	const cost = await page.screenshot({ clip: { ...output, height: panels.height } });
	await node.viewImage();
	const image = await page.screenshot({ clip: panels });
	await editor.closeNode();
	await save('docs/images/hero.webp', await compose(canvas, image, cost));
}

/** The same workflow in less room, so that its words are larger in an image of a given width. */
function tight({ nodes, ...workflow }: WorkflowFile): WorkflowFile {
	const shown = nodes.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote');
	return {
		...workflow,
		id: undefined,
		nodes: shown.map((node) => {
			const [x, y] = node.position;
			return { ...node, position: [x * 0.78, y * 0.9] };
		}),
	};
}

/** n8n lets the icons of the next nodes float over the edge of the open one. */
const NO_NEIGHBOURS = '[data-test-id="floating-nodes"] { display: none; }';

/** Turns the wheel as a person does: what is out of sight is not in the page at all. */
async function scrollTo(list: Locator, text: string) {
	const page = list.page();
	const { x, y, width, height } = await boxOf(list);
	await page.mouse.move(x + width / 2, y + height / 2);
	const line = list.getByText(text, { exact: true }).first();
	for (let turns = 0; turns < 60 && !(await line.isVisible()); turns++) {
		await page.mouse.wheel(0, 120);
		await page.waitForTimeout(200);
	}
	await page.mouse.wheel(0, (await boxOf(line)).y - y - ABOVE_LIST);
	await page.waitForTimeout(500);
}

/** The height of what stands above the first line of the output, in CSS pixels. */
const ABOVE_LIST = 198;

const WIDTH = 1600;
const GAP = 20;

/** The canvas above, the node's parameters with its image and the list of its costs below. */
async function compose(canvas: Buffer, image: Buffer, cost: Buffer): Promise<Buffer> {
	const [left, right] = [await widthOf(image), await widthOf(cost)];
	const top = await card(canvas, WIDTH);
	const large = await card(image, Math.round(((WIDTH - GAP) * left) / (left + right)));
	const small = await card(cost, WIDTH - GAP - large.width);
	const height = top.height + GAP + Math.max(large.height, small.height);
	const sheet = sharp({
		create: { width: WIDTH, height, channels: 4, background: '#0000' },
	});
	const below = top.height + GAP;
	return await sheet
		.composite([
			{ input: top.bytes, left: 0, top: 0 },
			{ input: large.bytes, left: 0, top: below },
			{ input: small.bytes, left: large.width + GAP, top: below },
		])
		.png()
		.toBuffer();
}

async function widthOf(bytes: Buffer): Promise<number> {
	return (await sharp(bytes).metadata()).width;
}
