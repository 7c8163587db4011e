import type { Size } from '../rules/sizes';
import { colour, Seed } from './seed';

/**
 * A scene as SVG elements on a canvas of the given size: one of four motifs in colours that follow
 * from `text`. `phase` (0 to 1) moves it on, for the frames of a GIF.
 */
export function scene(text: string, size: Size, phase = 0): string {
	const seed = new Seed(text);
	const hue = seed.between(0, 360);
	const motif = seed.pick(hills, orbs, ribbons, tiles);
	return motif({ seed, hue, ...size, phase });
}

interface Canvas extends Size {
	seed: Seed;
	hue: number;
	phase: number;
}

const round = (value: number): number => Math.round(value * 10) / 10;

function backdrop({ width, height }: Size, stops: string[], upright: boolean): string {
	const marks = stops
		.map((stop, i) => `<stop offset="${i / (stops.length - 1)}" stop-color="${stop}"/>`)
		.join('');
	return (
		`<defs><linearGradient id="sky" x1="0" y1="0" x2="${upright ? 0 : 1}" y2="1">${marks}` +
		`</linearGradient></defs><rect width="${width}" height="${height}" fill="url(#sky)"/>`
	);
}

function hills(canvas: Canvas): string {
	const { seed, hue, width, height, phase } = canvas;
	const unit = Math.min(width, height);
	const sky = [colour(hue, 62, 34), colour(hue + 28, 68, 58), colour(hue + 64, 88, 80)];
	const sunX = round(width * (seed.between(0.2, 0.8) + 0.1 * Math.sin(phase * 2 * Math.PI)));
	const sunY = round(height * seed.between(0.2, 0.36));
	const sun = colour(hue + 72, 95, 86);
	let drawing = backdrop(canvas, sky, true);
	for (const [radius, opacity] of [
		[0.34, 0.1],
		[0.24, 0.16],
		[0.165, 0.28],
		[0.115, 1],
	] as const) {
		drawing += `<circle cx="${sunX}" cy="${sunY}" r="${round(unit * radius)}" fill="${sun}" fill-opacity="${opacity}"/>`;
	}
	for (let layer = 0; layer < 5; layer++) {
		const level = height * (0.46 + layer * 0.105);
		const swing = unit * seed.between(0.05, 0.1);
		const fill = colour(hue + 18 - layer * 9, 48 + layer * 4, 52 - layer * 9);
		drawing += `<path d="${wave(seed, width, level, swing, 3)} L${width} ${height} L0 ${height} Z" fill="${fill}"/>`;
	}
	return drawing;
}

function orbs(canvas: Canvas): string {
	const { seed, hue, width, height, phase } = canvas;
	const unit = Math.min(width, height);
	const sky = [colour(hue, 70, 24), colour(hue + 40, 66, 42), colour(hue + 80, 72, 58)];
	let drawing = backdrop(canvas, sky, false);
	let gradients = '';
	let circles = '';
	for (let i = 0; i < 8; i++) {
		const angle = 2 * Math.PI * (phase + seed.next());
		const reach = unit * 0.03;
		const x = round(width * seed.between(0.05, 0.95) + reach * Math.cos(angle));
		const y = round(height * seed.between(0.05, 0.9) + reach * Math.sin(angle));
		const radius = round(unit * seed.between(0.07, 0.28));
		const tone = hue + seed.pick(-35, 0, 45, 90, 170);
		gradients +=
			`<radialGradient id="orb${i}" cx="0.35" cy="0.3" r="0.8">` +
			`<stop offset="0" stop-color="${colour(tone, 92, 82)}" stop-opacity="0.95"/>` +
			`<stop offset="0.65" stop-color="${colour(tone, 84, 58)}" stop-opacity="0.75"/>` +
			`<stop offset="1" stop-color="${colour(tone, 80, 38)}" stop-opacity="0.35"/></radialGradient>`;
		circles += `<circle cx="${x}" cy="${y}" r="${radius}" fill="url(#orb${i})"/>`;
		if (i % 3 === 0) {
			circles += `<circle cx="${x}" cy="${y}" r="${round(radius * 1.22)}" fill="none" stroke="#ffffff" stroke-opacity="0.4" stroke-width="${round(unit * 0.004)}"/>`;
		}
	}
	drawing += `<defs>${gradients}</defs>${circles}`;
	return drawing;
}

function ribbons(canvas: Canvas): string {
	const { seed, hue, width, height, phase } = canvas;
	const unit = Math.min(width, height);
	let drawing = backdrop(canvas, [colour(hue, 60, 92), colour(hue + 30, 70, 78)], false);
	for (let i = 0; i < 7; i++) {
		const level =
			height * (0.12 + i * 0.13) + unit * 0.04 * Math.sin(2 * Math.PI * (phase + i / 7));
		const swing = unit * seed.between(0.08, 0.16);
		const fill = colour(hue + i * 13 - 20, 72, 74 - i * 7.5);
		drawing += `<path d="${wave(seed, width, level, swing, 2)} L${width} ${height} L0 ${height} Z" fill="${fill}" fill-opacity="0.82"/>`;
	}
	return drawing;
}

function tiles(canvas: Canvas): string {
	const { seed, hue, width, height, phase } = canvas;
	const edge = Math.max(width, height) / Math.max(3, Math.round(Math.max(width, height) / 210));
	const inks = [
		colour(hue, 66, 40),
		colour(hue + 30, 78, 58),
		colour(hue + 150, 58, 50),
		colour(hue + 190, 70, 74),
		colour(hue + 60, 88, 70),
	] as const;
	let drawing = `<rect width="${width}" height="${height}" fill="${colour(hue + 20, 45, 93)}"/>`;
	for (let y = 0; y < height; y += edge) {
		for (let x = 0; x < width; x += edge) {
			const ink = seed.pick(...inks);
			const turn = 90 * Math.floor(seed.between(0, 4) + phase * 4);
			const shape = seed.pick(
				`<path d="M0 0 H1 A1 1 0 0 1 0 1 Z" fill="${ink}"/>`,
				`<path d="M0 0 H1 V0.5 A0.5 0.5 0 0 1 0 0.5 Z" fill="${ink}"/>`,
				`<circle cx="0.5" cy="0.5" r="0.5" fill="${ink}"/><circle cx="0.5" cy="0.5" r="0.22" fill="${seed.pick(...inks)}"/>`,
				`<path d="M0 0 H1 V1 Z" fill="${ink}"/>`,
				`<rect width="1" height="1" fill="${ink}"/><path d="M0 1 A1 1 0 0 1 1 0 V1 Z" fill="${seed.pick(...inks)}"/>`,
			);
			drawing += `<g transform="translate(${round(x)} ${round(y)}) scale(${round(edge)}) rotate(${turn} 0.5 0.5)">${shape}</g>`;
		}
	}
	return drawing;
}

/** A smooth line from the left edge to the right, without its closing. */
function wave(seed: Seed, width: number, level: number, swing: number, bends: number): string {
	const step = width / bends;
	let y = level + swing * seed.between(-1, 1);
	let path = `M0 ${round(y)}`;
	for (let bend = 1; bend <= bends; bend++) {
		const next = level + swing * seed.between(-1, 1);
		const x = step * bend;
		path += ` C${round(x - step * 0.6)} ${round(y - swing * seed.between(-1, 1))} ${round(x - step * 0.4)} ${round(next + swing * seed.between(-1, 1))} ${round(x)} ${round(next)}`;
		y = next;
	}
	return path;
}
