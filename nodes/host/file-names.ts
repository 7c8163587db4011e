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

/** Names that files of a run have. */
export class TakenNames {
	private readonly taken = new Set<string>();
	/** The last number that was tried beyond a file's own, by the name that is wanted. */
	private readonly last = new Map<string, number>();

	/** @returns the first name, by its number, that no file has yet; it is taken then */
	take(first: number, make: (nth: number) => string): string {
		const same = make(1).toLowerCase();
		for (let nth = first; ;) {
			const name = make(nth);
			// Most file systems of desktops do not tell capitals.
			if (!this.taken.has(name.toLowerCase())) {
				this.taken.add(name.toLowerCase());
				return name;
			}
			nth = Math.max(nth, this.last.get(same) ?? 1) + 1;
			this.last.set(same, nth);
		}
	}
}

/**
 * @param wanted by item: of equal names the first stays plain, the others are numbered in this order,
 *   whichever is finished first
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
	const taken = new TakenNames();
	return (itemIndex, parts) => {
		const template = wanted.get(itemIndex)?.template ?? '';
		return taken.take(places.get(itemIndex) ?? 1, (nth) => fileName(template, parts, nth));
	};
}
