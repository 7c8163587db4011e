/** The name of an exported file. */

import type { ExportFormat } from '../../rules/channels';
import { endingOf, filled, stemOf } from '../file-name';

/** Values that the template can take. */
export interface ExportNameParts {
	readonly name: string;
	readonly channel: string;
	readonly width: number;
	readonly height: number;
	readonly format: ExportFormat;
}

/**
 * @param template `{name}`, `{channel}` and `{size}` are filled in
 * @param nth which of several files that want this name, from 1
 */
export function exportName(template: string, parts: ExportNameParts, nth: number): string {
	const { name, channel, width, height, format } = parts;
	const values = { name: stemOf(name), channel, size: `${width}x${height}` };
	const suffix = nth > 1 ? `-${nth}` : '';
	return `${filled(template, values) || channel}${suffix}.${endingOf(format)}`;
}
