const TICK_MS = 15_000;

export function seconds(since: number): string {
	return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/**
 * Prints what begins and how long it took. `detail` adds a line every 15 seconds, so that nobody
 * takes minutes of silence for a hang.
 */
export async function step<Result>(
	title: string,
	work: () => Promise<Result>,
	detail?: () => string,
): Promise<Result> {
	console.log(`- ${title}`);
	const started = performance.now();
	const ticker = detail
		? setInterval(() => console.log(`    ${detail()}, ${seconds(started)}`), TICK_MS)
		: undefined;
	try {
		const result = await work();
		console.log(`    done in ${seconds(started)}`);
		return result;
	} finally {
		clearInterval(ticker);
	}
}
