import path from 'node:path';
import { inOwnProcess, median } from './measure';
import { milliseconds, times, type Section } from './report';
import type { LanesResult, LanesTask } from './lanes-child';

/** 40 items whose images take 500 ms each: how near to the ideal the lanes come. */

export const LATENCY = 500;
const ITEMS = 40;
const LANES = [1, 4, 8, 16] as const;

export async function lanesSection(url: string): Promise<Section> {
	const task: LanesTask = { url, items: ITEMS, lanes: LANES, rounds: [1, 1, 3, 3] };
	const walls = await inOwnProcess<LanesResult>(path.join(__dirname, 'lanes-child.ts'), task);
	const wallAt = (lanes: number): number => median(walls.ours[String(lanes)] ?? []);
	const reviews = median(walls.reviews);
	const floor = median(walls.floor);
	const idealAt = (lanes: number): number => (LATENCY * ITEMS) / lanes;
	const row = (name: string, shown: string, wall: number, lanes: number, faster: string) => [
		name,
		shown,
		milliseconds(wall),
		times(wall / idealAt(lanes)),
		faster,
	];
	return {
		title: `${ITEMS} items at ${LATENCY} ms`,
		text: 'Both nodes in one process, on the same engine; small images, binaries in the file system, medians where a way ran more than once, after a first batch of ours that is not measured (it takes 1.2x). The ideal is latency x items / lanes; 16 lanes need three rounds of 500 ms for 40 items, 1.20x the ideal at best. What the floor takes beyond the ideal is the machine and the local OpenAI.',
		head: ['node', 'lanes', 'time', 'to the ideal', 'faster than the built-in'],
		rows: [
			row('built-in', '1 (it has no more)', walls.builtIn, 1, ''),
			...LANES.map((lanes) => {
				const wall = wallAt(lanes);
				return row('GPT Image', String(lanes), wall, lanes, times(walls.builtIn / wall));
			}),
			row('GPT Image, Review', '8', reviews, 8, ''),
			row('floor: fetch, parse, decode, hash, one write', '8', floor, 8, ''),
		],
		verdicts: [
			{ what: '8 lanes: time to the ideal', value: wallAt(8) / idealAt(8), atMost: 1.1 },
			{ what: 'reviews, 8 lanes: time to the ideal', value: reviews / idealAt(8), atMost: 1.1 },
			{
				what: '8 lanes: times as fast as the built-in node',
				value: walls.builtIn / wallAt(8),
				atLeast: 6,
			},
		],
	};
}
