/** File names of a run: no two are the same, so that nobody overwrites one image with another. */

import { fileName, type FileNameParts } from '../../core/pixels/file-name';

/** What an item's images are to be called. */
export interface WantedName {
	readonly template: string;
	readonly prompt: string;
	readonly model: string;
}

/** What is not known before there is an image; that names differ is checked once more then. */
const unknown = {
	index: 1,
	count: 1,
	width: 0,
	height: 0,
	format: 'png',
	date: new Date(0),
} as const;

/**
 * @param wanted by item, in order: items that want the same name are numbered in that order,
 *   whichever is finished first
 * @returns gives an image of an item its name; the first of equal ones stays plain
 */
export function fileNamesOf(
	wanted: ReadonlyMap<number, WantedName>,
): (itemIndex: number, parts: FileNameParts) => string {
	const counts = new Map<string, number>();
	const places = new Map<number, number>();
	for (const [itemIndex, { template, ...known }] of wanted) {
		const same = fileName(template, { ...unknown, ...known }, 1).toLowerCase();
		const count = (counts.get(same) ?? 0) + 1;
		counts.set(same, count);
		places.set(itemIndex, count);
	}
	const taken = new Set<string>();
	/** The last number that was tried beyond an item's own, by the name that is wanted. */
	const last = new Map<string, number>();
	return (itemIndex, parts) => {
		const template = wanted.get(itemIndex)?.template ?? '';
		const same = fileName(template, parts, 1).toLowerCase();
		for (let nth = places.get(itemIndex) ?? 1; ;) {
			const name = fileName(template, parts, nth);
			// Most file systems of desktops do not tell capitals.
			if (!taken.has(name.toLowerCase())) {
				taken.add(name.toLowerCase());
				return name;
			}
			nth = Math.max(nth, last.get(same) ?? 1) + 1;
			last.set(same, nth);
		}
	};
}
