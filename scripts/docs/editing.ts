import { mkdirSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { Client } from '../../core/openai/client';
import { editImages } from '../../core/openai/edits';
import { inspectEdit } from '../../core/calls/inspect';
import { prepareEdit, type EditParams, type MaskParams } from '../../core/calls/prepare';
import { preserveOutside, type Composition } from '../../core/pixels/mask/preserve-outside';
import { tableCalendar } from '../../core/rules/calendar';
import { findImageModel } from '../../core/rules/model';
import { checkImageParams } from '../../core/rules/request';
import { startDouble } from '../../test/openai-double';
import { sizeText } from '../../core/rules/size';
import { photoOf } from './photo';

const today = tableCalendar('2026-11-20');

/**
 * Makes the before and after images of docs/editing.md: real edits of a drawn product photo,
 * through the mock server, which repaints the masked part and shifts all colours around it.
 * Run: node --import tsx scripts/docs/editing.ts
 */

const folder = path.join(__dirname, '..', '..', 'docs', 'images');
const model = 'gpt-image-2';

/** A mug on a table: drawn, then given the grain of a photo. */
async function productPhoto(width: number, height: number): Promise<Buffer> {
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 900 720" preserveAspectRatio="xMidYMid slice">
	<defs>
		<linearGradient id="wall" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#efe6d8"/><stop offset="1" stop-color="#c9b79c"/></linearGradient>
		<linearGradient id="table" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#9a6b43"/><stop offset="1" stop-color="#6d4526"/></linearGradient>
		<linearGradient id="mug" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="#7d1f1b"/><stop offset="0.3" stop-color="#d4483d"/><stop offset="1" stop-color="#6f1a17"/></linearGradient>
		<filter id="soft" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="14"/></filter>
	</defs>
	<rect width="900" height="720" fill="url(#wall)"/>
	<rect y="470" width="900" height="250" fill="url(#table)"/>
	<g stroke="#5a381f" stroke-opacity="0.35" stroke-width="3"><path d="M0 520H900M0 585H900M0 660H900"/></g>
	<ellipse cx="480" cy="585" rx="210" ry="36" fill="#2a180c" opacity="0.55" filter="url(#soft)"/>
	<path d="M590 360 q120 -10 112 80 q-8 80 -122 78" fill="none" stroke="#9b2a25" stroke-width="34"/>
	<path d="M310 290 L330 560 Q336 600 450 600 Q564 600 570 560 L590 290 Z" fill="url(#mug)"/>
	<ellipse cx="450" cy="290" rx="140" ry="34" fill="#f3e9dc"/>
	<ellipse cx="450" cy="294" rx="122" ry="26" fill="#3b2113"/>
	<g transform="translate(120 440)"><rect width="130" height="150" rx="8" fill="#51724f"/><rect x="14" y="20" width="102" height="60" fill="#e9e2c9"/></g>
</svg>`;
	return await photoOf(svg, width, height, 14);
}

interface EditResult {
	readonly photo: Buffer;
	readonly sent: Buffer;
	readonly mask: Buffer;
	readonly answer: Buffer;
	readonly kept: Composition;
}

async function edit(url: string, photo: Buffer, mask: MaskParams): Promise<EditResult> {
	const params: EditParams = {
		row: findImageModel(model),
		format: 'png',
		images: [
			{
				kind: 'file',
				label: '',
				file: {
					origin: { param: 'images', label: "'Images' 1", name: 'mug.jpg' },
					load: () => Promise.resolve(photo),
				},
			},
		],
		mask,
		preserveOutside: { feather: 8 },
		markup: undefined,
		asJson: false,
	};
	const { canvas, first } = await inspectEdit(params);
	const inputs = await prepareEdit(params);
	const { preserve, images } = inputs;
	const [sent] = images;
	if (!preserve || !inputs.mask || sent?.kind !== 'bytes') throw new Error('The edit has no mask');
	const request = checkImageParams(
		{
			operation: 'edit',
			model,
			prompt: 'A field of stripes [[drift 36]]',
			size: canvas ? sizeText(canvas) : 'input',
			quality: 'low',
			firstImage: first,
		},
		today,
	);
	const client = new Client({ apiKey: 'sk-docs', baseUrl: url, fetch });
	const { images: answers } = await editImages(client, request, inputs, { timeoutMs: 60_000 });
	const [answer] = answers;
	if (!answer) throw new Error('The double sent no image');
	const kept = await preserveOutside({
		...preserve,
		answer,
		format: 'png',
		compression: undefined,
	});
	return { photo, sent: sent.bytes, mask: inputs.mask, answer, kept };
}

/** Small enough for a page. */
async function save(name: string, bytes: Buffer): Promise<void> {
	await sharp(bytes)
		.resize({ width: 420 })
		.webp({ quality: 82 })
		.toFile(path.join(folder, `editing-${name}.webp`));
}

/** Transparency as image editors show it. */
async function onChecks(bytes: Buffer): Promise<Buffer> {
	const { width, height } = await sharp(bytes).metadata();
	const checks = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><pattern id="c" width="48" height="48" patternUnits="userSpaceOnUse"><rect width="48" height="48" fill="#fff"/><path d="M0 0h24v24H0zM24 24h24v24H24z" fill="#ccd"/></pattern></defs><rect width="100%" height="100%" fill="url(#c)"/></svg>`;
	return await sharp(Buffer.from(checks))
		.composite([{ input: bytes }])
		.png()
		.toBuffer();
}

/** Where two images differ, made five times as bright; black is equal. */
async function differences(one: Buffer, other: Buffer): Promise<Buffer> {
	const { width, height } = await sharp(one).metadata();
	const fitted = await sharp(other).resize(width, height, { fit: 'fill' }).png().toBuffer();
	const apart = await sharp(one)
		.composite([{ input: fitted, blend: 'difference' }])
		.removeAlpha()
		.png()
		.toBuffer();
	return await sharp(apart).linear(5, 0).png().toBuffer();
}

async function main(): Promise<void> {
	mkdirSync(folder, { recursive: true });
	const double = await startDouble();
	try {
		const box = { x: 31, y: 32, width: 50, height: 56 };
		const masked = await edit(double.url, await productPhoto(1280, 1024), { source: 'box', box });
		await save('photo', masked.photo);
		await save('mask', await onChecks(masked.mask));
		await save('answer', masked.answer);
		await save('kept', masked.kept.bytes);
		await save('answer-changed', await differences(masked.photo, masked.answer));
		await save('kept-changed', await differences(masked.photo, masked.kept.bytes));
		console.log('box', masked.kept.report, masked.kept.warnings);

		const row = findImageModel(model);
		if (!row) throw new Error('The model is not in the table');
		const extended = await edit(double.url, await productPhoto(1000, 1000), {
			source: 'extend',
			ratio: '16:9',
			anchor: 'right',
			rule: row.sizes,
		});
		await save('square', extended.photo);
		await save('canvas', await onChecks(extended.sent));
		await save('extended', extended.kept.bytes);
		console.log('extend', extended.kept.report, extended.kept.warnings);
	} finally {
		await double.close();
	}
}

void main();
