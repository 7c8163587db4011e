/** Random numbers and mutations that a seed decides. */

/** mulberry32. @returns numbers from 0 to below 1 */
export function randomOf(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

export type Random = () => number;
export const below = (random: Random, end: number): number => Math.floor(random() * end);
export const oneOf = <T>(random: Random, list: readonly [T, ...T[]]): T =>
	list[below(random, list.length)] ?? list[0];

const tokens = [
	'"',
	'{',
	'[',
	']',
	'}',
	'\\',
	'<',
	'>',
	'<!--',
	'-->',
	'url(',
	' ',
	'\n\n',
	'data: ',
	'=',
	'\0',
	'\u202e',
	'constructor',
	'__proto__',
	'https://a.example/?k=1',
	'<a ',
	'"b64_json":"',
	'null',
	'1e999',
	'DigitalSourceType:http',
] as const;

/** Changes, cuts, repeats and inserts pieces; a repeated piece may be long. */
export function mutate(bytes: Buffer, random: Random): Buffer {
	let made = Buffer.from(bytes);
	for (let round = 1 + below(random, 4); round > 0; round--) {
		const at = below(random, made.length + 1);
		const [before, behind] = [made.subarray(0, at), made.subarray(at)];
		switch (below(random, 5)) {
			case 0:
				made = Buffer.from(made);
				for (let flips = 8; flips > 0 && made.length > 0; flips--) {
					made[below(random, made.length)] = below(random, 256);
				}
				break;
			case 1:
				made = Buffer.from(before);
				break;
			case 2: {
				const token = oneOf(random, tokens);
				const times = oneOf(random, [1, 100, 20_000]);
				made = Buffer.concat([before, Buffer.from(token.repeat(times)), behind]);
				break;
			}
			case 3: {
				const piece = behind.subarray(0, below(random, 200));
				const copies = Array.from({ length: oneOf(random, [2, 50, 1_000]) }, () => piece);
				made = Buffer.concat([before, ...copies, behind]);
				break;
			}
			default:
				made = Buffer.concat([before, behind.subarray(below(random, behind.length + 1))]);
		}
	}
	return made;
}
