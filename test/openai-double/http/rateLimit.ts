import { rateLimited } from '../rules/errors';

interface Limits {
	imagesPerMinute?: number;
	inputImagesPerMinute?: number;
	/** Length of the "minute", shorter in tests. */
	minuteMs: number;
}

/** Counts images over a sliding minute, as the API's images-per-minute limits do. */
export class RateLimit {
	private made: { at: number; images: number; inputs: number }[] = [];

	clear(): void {
		this.made = [];
	}

	/** Takes n images and their references from the budget, or throws the API's 429. */
	take(model: string, images: number, inputs: number, limits: Limits): void {
		const now = Date.now();
		this.made = this.made.filter(({ at }) => now - at < limits.minuteMs);
		const check = (kind: 'images' | 'inputs', name: string, limit: number, wanted: number) => {
			const used = this.made.reduce((sum, taken) => sum + taken[kind], 0);
			if (wanted === 0 || used + wanted <= limit) return;
			const wait = Math.max(
				0.001,
				(this.waitFor(kind, limit - wanted) + limits.minuteMs - now) / 1e3,
			);
			throw rateLimited(
				`Rate limit reached for ${model} (for limit gpt-image) in organization org-double on ` +
					`${name} per min: Limit ${limit}, Used ${used}, Requested ${wanted}. Please try ` +
					`again in ${wait < 1 ? `${Math.ceil(wait * 1000)}ms` : `${wait.toFixed(1)}s`}. Visit ` +
					'https://platform.openai.com/account/rate-limits to learn more.',
				wait,
			);
		};
		check('images', 'images', limits.imagesPerMinute ?? Infinity, images);
		check('inputs', 'input-images', limits.inputImagesPerMinute ?? Infinity, inputs);
		this.made.push({ at: now, images, inputs });
	}

	/** When the newest of those starts was made that must grow old for `room` to be free. */
	private waitFor(kind: 'images' | 'inputs', room: number): number {
		let used = this.made.reduce((sum, taken) => sum + taken[kind], 0);
		for (const taken of this.made) {
			used -= taken[kind];
			if (used <= room) return taken.at;
		}
		return this.made.at(-1)?.at ?? Date.now();
	}

	used(minuteMs: number): number {
		const now = Date.now();
		return this.made
			.filter(({ at }) => now - at < minuteMs)
			.reduce((sum, { images }) => sum + images, 0);
	}
}
