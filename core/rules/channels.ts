/** THE table of export channels and file formats; docs/export.md is made from it. */

import type { Dimensions } from './request-types';

/** File formats that GPT Image Export writes. */
export type ExportFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff';

interface FormatRow {
	readonly id: ExportFormat;
	readonly name: string;
	readonly hasAlpha: boolean;
	/** Whether sharp can write XMP into it, and with it the AI label (tried, sharp 0.35.5). */
	readonly hasXmp: boolean;
	/** Pixels that an edge may have; undefined where more than any image has. */
	readonly longestEdge?: number;
	/** What is written by default, and the least that a weight limit leads to. */
	readonly quality?: { readonly usual: number; readonly least: number };
}

const usual = { hasAlpha: true, hasXmp: true };

export const exportFormats: readonly FormatRow[] = [
	{ id: 'avif', name: 'AVIF', ...usual, longestEdge: 16_384, quality: { usual: 60, least: 20 } },
	{ id: 'gif', name: 'GIF', ...usual, hasXmp: false, longestEdge: 65_535 },
	{
		id: 'jpeg',
		name: 'JPEG',
		...usual,
		hasAlpha: false,
		longestEdge: 65_535,
		quality: { usual: 88, least: 30 },
	},
	{ id: 'png', name: 'PNG', ...usual },
	{ id: 'tiff', name: 'TIFF', ...usual },
	{ id: 'webp', name: 'WebP', ...usual, longestEdge: 16_383, quality: { usual: 85, least: 30 } },
];

export const formatRow = (id: ExportFormat): FormatRow => {
	const row = exportFormats.find((format) => format.id === id);
	if (!row) throw new RangeError(`There is no format ${id}`);
	return row;
};

/** Where an image is published, and what is asked of it there. */
export interface Channel {
	readonly id: string;
	readonly name: string;
	/** Pixels; undefined where the channel shows an image at its own size. */
	readonly size?: Dimensions;
	/** Formats that it takes, the one to convert to first. Undefined: any. */
	readonly formats?: readonly ExportFormat[];
	readonly maxBytes?: number;
	/** The middle that is never covered or cut off, in pixels: text and logo stay inside. */
	readonly safe?: Dimensions;
	/** Set where the channel refuses an alpha channel. */
	readonly opaque?: true;
	readonly note?: string;
	/** Where the row was read, and when. Sizes change often. */
	readonly source: string;
	readonly checked: string;
}

const checked = '2026-11-21';
const guides =
	'dashsocial (2025-12), loopworker (2026-03), thesize.net, schedulala, HubSpot; the stricter value where they differ';
const publishers =
	'ayrshare, getlate, upload-post, blotato and the guides; the stricter value where they differ';
const read = { source: guides, checked };
const published = { source: publishers, checked };
const onX = { source: 'docs.x.com and the guides', checked };

const size = (width: number, height: number): { readonly size: Dimensions } => ({
	size: { width, height },
});

const megabyte = 1_000_000;
/** Every network takes these two. */
const photo = ['jpeg', 'png'] as const;
const instagram = { formats: ['jpeg'], maxBytes: 8 * megabyte, ...published } as const;
const facebook = { formats: photo, ...read };
const x = { formats: photo, maxBytes: 5 * megabyte, ...onX };
const linkedin = { formats: photo, maxBytes: 5 * megabyte, ...published };
const icon = { formats: ['png'], ...read } as const;
const opaque = { opaque: true, note: 'No transparency' } as const;
/** 14 % at the top and at the bottom lie under the app's own controls. */
const story = {
	...size(1080, 1920),
	safe: { width: 1080, height: 1382 },
	note: 'The app’s controls cover about 14% at the top and at the bottom',
};

const channel = (id: string, name: string, more: Omit<Channel, 'id' | 'name'>): Channel => ({
	id,
	name,
	...more,
});

/** THE table of channels; parameter lists, checks and docs are made from it. Sorted by name. */
export const channels: readonly Channel[] = [
	channel('app-store-icon', 'App Store Icon', { ...size(1024, 1024), ...icon, ...opaque }),
	channel('apple-touch-icon', 'Apple Touch Icon', { ...size(180, 180), ...icon }),
	channel('bluesky', 'Bluesky', {
		formats: photo,
		maxBytes: megabyte,
		...published,
		note: 'The image keeps its own size; up to 4 images per post',
	}),
	channel('email-header', 'Email Header', {
		...size(1200, 600),
		formats: photo,
		maxBytes: 200_000,
		...read,
		note: 'Shown 600 pixels wide; below 200 kB is common advice, not a rule',
	}),
	channel('facebook-cover', 'Facebook Cover', { ...size(1640, 924), ...facebook }),
	channel('facebook-event', 'Facebook Event', { ...size(1920, 1005), ...facebook }),
	channel('facebook-feed', 'Facebook Feed', { ...size(1080, 1350), ...facebook }),
	channel('facebook-link', 'Facebook Link', { ...size(1200, 630), ...facebook }),
	channel('facebook-story', 'Facebook Story', { ...story, ...facebook }),
	channel('favicon-32', 'Favicon 32', {
		...size(32, 32),
		...icon,
		note: 'A PNG; old browsers need an ICO, which this node does not write',
	}),
	channel('favicon-48', 'Favicon 48', { ...size(48, 48), ...icon }),
	channel('instagram-landscape', 'Instagram Landscape', { ...size(1080, 566), ...instagram }),
	channel('instagram-portrait', 'Instagram Portrait', {
		...size(1080, 1350),
		...instagram,
		note: 'The API takes ratios from 4:5 to 1.91:1 and up to 10 images per carousel',
	}),
	channel('instagram-square', 'Instagram Square', { ...size(1080, 1080), ...instagram }),
	channel('instagram-story', 'Instagram Story', { ...story, ...instagram }),
	channel('linkedin-banner', 'LinkedIn Banner', { ...size(1584, 396), ...linkedin }),
	channel('linkedin-company', 'LinkedIn Company', { ...size(1128, 191), ...linkedin }),
	channel('linkedin-portrait', 'LinkedIn Portrait', { ...size(1080, 1350), ...linkedin }),
	channel('linkedin-post', 'LinkedIn Post', {
		...size(1200, 627),
		...linkedin,
		note: 'Up to 9 images per post',
	}),
	channel('linkedin-square', 'LinkedIn Square', { ...size(1200, 1200), ...linkedin }),
	channel('open-graph', 'Open Graph', { ...size(1200, 630), formats: photo, ...read }),
	channel('pinterest-pin', 'Pinterest Pin', { ...size(1000, 1500), formats: photo, ...read }),
	channel('play-feature', 'Play Feature', {
		...size(1024, 500),
		formats: ['png', 'jpeg'],
		...read,
		...opaque,
	}),
	channel('play-icon', 'Play Icon', { ...size(512, 512), maxBytes: megabyte, ...icon }),
	channel('pwa-icon-192', 'PWA Icon 192', { ...size(192, 192), ...icon }),
	channel('pwa-icon-512', 'PWA Icon 512', { ...size(512, 512), ...icon }),
	channel('pwa-maskable', 'PWA Maskable', {
		...size(512, 512),
		safe: { width: 410, height: 410 },
		...icon,
		note: 'Devices may crop all but the middle 80%',
	}),
	channel('shopify-product', 'Shopify Product', {
		...size(2048, 2048),
		formats: ['jpeg', 'png', 'webp'],
		...read,
	}),
	channel('threads', 'Threads', {
		...size(1080, 1350),
		formats: photo,
		maxBytes: 8 * megabyte,
		...published,
		note: 'Up to 20 images per post',
	}),
	channel('tiktok-photo', 'TikTok Photo', {
		...size(1080, 1920),
		formats: ['jpeg', 'webp'],
		...published,
		note: 'Up to 35 images per post',
	}),
	channel('x-card', 'X Card', { ...size(1200, 675), ...x }),
	channel('x-header', 'X Header', { ...size(1500, 500), ...x }),
	channel('x-post', 'X Post', { ...size(1600, 900), ...x, note: 'Up to 4 images per post' }),
	channel('youtube-banner', 'YouTube Banner', {
		...size(2560, 1440),
		formats: photo,
		safe: { width: 1235, height: 338 },
		...read,
		note: 'Only the middle 1235 x 338 pixels are shown on every device',
	}),
	channel('youtube-thumbnail', 'YouTube Thumbnail', {
		...size(1280, 720),
		formats: photo,
		maxBytes: 2 * megabyte,
		...read,
		note: '2 MB is the older, stricter limit',
	}),
];
