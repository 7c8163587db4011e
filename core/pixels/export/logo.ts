/** The logo: decoded once, placed on each output. */

import type { OverlayOptions } from 'sharp';
import type { LogoRequest } from '../../rules/export';
import type { Dimensions } from '../../rules/request-types';
import type { SharpLibrary } from '../sharp';
import { decodeOnce, type Opened } from './open';
import { placeIn, type Rectangle } from './place';
import { openRaw, overlay, toRaw, type Raw } from '../raw';

type Width = Pick<Dimensions, 'width'>;

const widthOn = ({ widthPercent }: LogoRequest, { width }: Width): number =>
	Math.max(1, Math.round((width * widthPercent) / 100));

/** @returns the logo with its opacity, decoded once, as large as on the largest output */
export async function decodeLogo(
	sharp: SharpLibrary,
	logo: Opened,
	request: LogoRequest,
	largest: Width,
): Promise<Raw> {
	const raw = await decodeOnce(sharp, logo, widthOn(request, largest) / logo.source.width);
	const image = await toRaw(openRaw(sharp, raw).ensureAlpha());
	const opacity = request.opacity / 100;
	if (opacity === 1) return image;
	return await toRaw(openRaw(sharp, image).linear([1, 1, 1, opacity], [0, 0, 0, 0]));
}

/** @returns the logo as wide as asked, lower where it would be higher than its area */
export async function placeLogo(
	sharp: SharpLibrary,
	logo: Raw,
	request: LogoRequest,
	size: Width,
	area: Rectangle,
): Promise<{ readonly layer: OverlayOptions; readonly box: Rectangle }> {
	const wanted = Math.min(widthOn(request, size), area.width);
	const ratio = logo.height / logo.width;
	const height = Math.min(area.height, Math.max(1, Math.round(wanted * ratio)));
	const width = Math.max(1, Math.min(wanted, Math.round(height / ratio)));
	const raw = await toRaw(openRaw(sharp, logo).resize({ width, height, fit: 'fill' }));
	const box = placeIn(area, { width, height }, request.position);
	return { layer: overlay(raw, box), box };
}
