import { mkdirSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { drawContactSheet } from '../../core/pixels/export/contact-sheet';
import { exportImage } from '../../core/pixels/export/export';
import { checkContactSheet, checkExport } from '../../core/rules/export';
import { photoOf } from './photo';

/**
 * Makes the images of docs/export.md with the node's own code, from a drawn scene.
 * Run: node --import tsx scripts/docs/export.ts
 */

const folder = path.join(__dirname, '..', '..', 'docs', 'images');

/** A mug at the right of a table in the morning. */
async function scene(mug: string, wall: string): Promise<Buffer> {
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1536" height="1024" viewBox="0 0 1536 1024">
	<defs>
		<linearGradient id="wall" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="${wall}"/><stop offset="1" stop-color="#b9a88d"/></linearGradient>
		<linearGradient id="table" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#9a6b43"/><stop offset="1" stop-color="#6d4526"/></linearGradient>
	</defs>
	<rect width="1536" height="1024" fill="url(#wall)"/>
	<rect y="700" width="1536" height="324" fill="url(#table)"/>
	<g stroke="#5a381f" stroke-opacity="0.35" stroke-width="4"><path d="M0 780H1536M0 860H1536M0 950H1536"/></g>
	<path d="M1230 520 q120 -10 112 80 q-8 80 -122 78" fill="none" stroke="${mug}" stroke-width="36"/>
	<path d="M950 440 L972 740 Q978 780 1096 780 Q1214 780 1220 740 L1242 440 Z" fill="${mug}"/>
	<ellipse cx="1096" cy="440" rx="146" ry="36" fill="#f3e9dc"/>
	<ellipse cx="1096" cy="445" rx="126" ry="27" fill="#3b2113"/>
</svg>`;
	return await photoOf(svg, 1536, 1024, 10);
}

const logo = Buffer.from(
	'<svg xmlns="http://www.w3.org/2000/svg" width="240" height="80"><rect width="240" height="80" rx="16" fill="#15323b"/><circle cx="44" cy="40" r="20" fill="#43d3b4"/><path d="M84 40h126" stroke="#fff" stroke-width="14" stroke-linecap="round"/></svg>',
);

const named = (bytes: Buffer, name: string) => ({
	bytes,
	origin: { param: 'inputField', label: "'Input Binary Field'", name },
});

async function save(name: string, bytes: Buffer, height: number): Promise<void> {
	await sharp(bytes)
		.resize({ height })
		.webp({ quality: 80 })
		.toFile(path.join(folder, `export-${name}.webp`));
}

async function main(): Promise<void> {
	mkdirSync(folder, { recursive: true });
	const photo = await scene('#c0392b', '#efe6d8');
	await save('image', photo, 300);
	const request = checkExport({
		channels: ['instagram-portrait', 'open-graph', 'linkedin-banner'],
		width: undefined,
		height: undefined,
		fit: 'subject',
		text: { headline: 'Good morning, mug', subline: 'New in the shop from Monday' },
		logo: { field: 'logo' },
		options: { aiBadge: 'generated' },
	});
	const outcomes = await exportImage(
		{
			image: named(photo, 'mug.jpg'),
			isGenerated: true,
			logo: named(logo, 'logo.svg'),
			font: undefined,
		},
		request,
	);
	for (const outcome of outcomes) {
		if ('error' in outcome) throw outcome.error;
		const isBanner = outcome.channel.id === 'linkedin-banner';
		await save(outcome.channel.id, outcome.file.bytes, isBanner ? 150 : 300);
	}
	const drafts = [
		['#c0392b', '#efe6d8', 'Red, warm light'],
		['#2c6e9b', '#e3edf2', 'Blue, cool light'],
		['#3d7a4a', '#f1ead2', 'Green, morning'],
		['#d9a521', '#efe1e6', 'Yellow, evening'],
	] as const;
	const cells = drafts.map(([mug, wall, caption], index) => ({
		number: index + 1,
		caption,
		isGenerated: true,
		load: async () => named(await scene(mug, wall), `draft-${index + 1}.jpg`),
	}));
	const sheetRequest = checkContactSheet({ columns: 2, cellWidth: 320, outputFormat: 'jpeg' });
	const { file } = await drawContactSheet(cells, sheetRequest);
	await save('contact-sheet', file.bytes, 420);
}

void main();
