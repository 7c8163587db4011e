import type { OverlayOptions } from 'sharp';
import type { Channel } from '../../rules/channels';
import { labels } from '../../rules/labels';
import type { ExportRequest, ExportWarning } from '../../rules/export';
import type { SharpLibrary } from '../sharp';
import { drawBadge } from './badge';
import { layOut } from './layout';
import { placeLogo } from './logo';
import { drawPanel } from './panel';
import { areaOf, overlap, type Rectangle } from './place';
import { overlay, type Raw } from '../raw';
import { colored, type Typefaces } from './text';

/**
 * Draws what lies over an image at the output's size: panel, text, logo, AI badge.
 * @throws text_does_not_fit
 */
export async function compose(
	sharp: SharpLibrary,
	image: Raw,
	{ safe }: Channel,
	{ text, logo: logoRequest, aiBadge }: ExportRequest,
	{ logo, typefaces }: { readonly logo: Raw | undefined; readonly typefaces: Typefaces },
): Promise<{
	readonly layers: readonly OverlayOptions[];
	readonly warnings: readonly ExportWarning[];
}> {
	const area = areaOf(image, safe);
	const layers: OverlayOptions[] = [];
	const warnings: ExportWarning[] = [];
	const taken: Rectangle[] = [];
	if (text) {
		const block = await layOut(text, typefaces, image, area, text.panel === 'solid');
		const panel = await drawPanel(sharp, image, block, text);
		layers.push(...panel.layers);
		warnings.push(...panel.warnings);
		layers.push(overlay(await colored(block.drawn, text.color), block.box));
		taken.push(block.box);
	}
	if (logo && logoRequest) {
		const { layer, box } = await placeLogo(sharp, logo, logoRequest, image, area);
		if (taken.some((other) => overlap(other, box))) {
			const message = `The logo overlaps the text: choose another '${labels.logoPosition}' or '${labels.textPosition}'`;
			warnings.push({ code: 'overlap', message });
		}
		layers.push(layer);
		taken.push(box);
	}
	if (aiBadge !== 'none') {
		layers.push(...(await drawBadge(aiBadge, typefaces, image, area, taken)));
	}
	return { layers, warnings };
}
