import type { OutputFormat } from '../rules/model-types';

const endings: Readonly<Record<OutputFormat, string>> = {
	png: 'png',
	jpeg: 'jpg',
	webp: 'webp',
	gif: 'gif',
	svg: 'svg',
};

const mimeTypes: Readonly<Record<OutputFormat, string>> = {
	png: 'image/png',
	jpeg: 'image/jpeg',
	webp: 'image/webp',
	gif: 'image/gif',
	svg: 'image/svg+xml',
};

export const mimeTypeOf = (format: OutputFormat): string => mimeTypes[format];

/** Values that a file name's template can take. */
export interface FileNameParts {
	readonly prompt: string;
	/** Counted from 1. */
	readonly index: number;
	readonly count: number;
	readonly model: string;
	readonly width: number;
	readonly height: number;
	readonly format: OutputFormat;
	readonly date: Date;
}

const longest = 60;

/** Words of a text as a file name: letters and digits of any script, joined by hyphens. */
export function slug(text: string): string {
	const words = text
		.slice(0, 400)
		.normalize('NFKD')
		.replace(/\p{Mark}/gu, '')
		.toLowerCase()
		.match(/[\p{Letter}\p{Number}]+/gu);
	let name = '';
	for (const word of words ?? []) {
		if (name !== '' && name.length + word.length + 1 > longest) break;
		name += `${name === '' ? '' : '-'}${[...word].slice(0, longest).join('')}`;
	}
	return name;
}

/**
 * @param template `{prompt}`, `{index}`, `{model}`, `{size}` and `{date}` are filled in; a known
 *   image ending is replaced, so that the ending always tells the truth
 * @returns a name that is safe on every file system, with the ending of its format; when several
 *   images share a name without `{index}`, the index is added
 */
export function fileName(template: string, parts: FileNameParts): string {
	const values: Readonly<Record<string, string>> = {
		prompt: slug(parts.prompt),
		index: String(parts.index),
		model: parts.model,
		size: `${parts.width}x${parts.height}`,
		date: parts.date.toISOString().slice(0, 10),
	};
	const filled = template
		.replace(/\.(?:png|jpe?g|webp|gif|svg)$/i, '')
		.replace(/\{(\w+)\}/g, (placeholder, key: string) => values[key] ?? placeholder);
	const numbered =
		parts.count > 1 && !template.includes('{index}') ? `${filled}-${parts.index}` : filled;
	const safe = numbered
		.replace(/[\u0000-\u001f<>:"/\\|?*]+/g, '-')
		.replace(/^[\s.-]+|[\s.-]+$/g, '')
		.slice(0, 200);
	return `${safe === '' ? `image-${parts.index}` : safe}.${endings[parts.format]}`;
}
