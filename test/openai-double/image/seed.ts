import { createHash } from 'node:crypto';

/** Numbers in [0, 1) that follow from a text: the same text, the same image. */
export class Seed {
	private state: number;

	constructor(text: string) {
		this.state = createHash('sha256').update(text).digest().readUInt32LE(0);
	}

	next(): number {
		this.state = (this.state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	between(low: number, high: number): number {
		return low + (high - low) * this.next();
	}

	pick<Item>(first: Item, ...others: Item[]): Item {
		return [first, ...others][Math.floor(this.next() * (others.length + 1))] ?? first;
	}
}

/** A hue in degrees, saturation and lightness in percent, as #rrggbb. */
export function colour(hue: number, saturation: number, lightness: number): string {
	const amount = (saturation / 100) * Math.min(lightness / 100, 1 - lightness / 100);
	const channel = (offset: number) => {
		const k = (offset + (((hue % 360) + 360) % 360) / 30) % 12;
		const value = lightness / 100 - amount * Math.max(-1, Math.min(k - 3, 9 - k, 1));
		return Math.round(255 * value)
			.toString(16)
			.padStart(2, '0');
	};
	return `#${channel(0)}${channel(8)}${channel(4)}`;
}
