import sharp from 'sharp';
import { drawChart, type ChartRow } from '../../../core/pixels/chart';

const row = (name: string, more: Partial<ChartRow> = {}): ChartRow => ({
	name,
	caption: '',
	paid: 0,
	saved: 0,
	planned: 0,
	...more,
});
const BLUE = [52, 84, 209];
const GREEN = [91, 191, 138];
const GREY = [195, 202, 217];

/** Width in pixels of the runs of a colour along the middle of each row of the chart. */
async function bars(image: Buffer, colour: readonly number[], rows: number): Promise<number[]> {
	const { data, info } = await sharp(image).raw().toBuffer({ resolveWithObject: true });
	return Array.from({ length: rows }, (_, index) => {
		const y = 148 + 60 * index + 30;
		let width = 0;
		for (let x = 0; x < info.width; x++) {
			const at = (y * info.width + x) * info.channels;
			if (colour.every((value, channel) => Math.abs((data[at + channel] ?? 0) - value) < 4)) {
				width += 1;
			}
		}
		return width;
	});
}

describe('drawChart', () => {
	it('draws bars in proportion to the paid amounts', async () => {
		const image = await drawChart({
			title: 'By model',
			subtitle: '',
			rows: [row('a', { paid: 2 }), row('b', { paid: 1 }), row('c', { paid: 0.5 }), row('d')],
		});
		const [a = 0, b = 0, c = 0, d = 0] = await bars(image, BLUE, 4);
		expect(a).toBeGreaterThan(500);
		expect(b / a).toBeCloseTo(0.5, 1);
		expect(c / a).toBeCloseTo(0.25, 1);
		expect(d).toBe(0);
	});

	it('keeps what was saved and what a dry run would cost apart', async () => {
		const image = await drawChart({
			title: 'By model',
			subtitle: '',
			rows: [row('a', { paid: 1, saved: 1 }), row('b', { planned: 2 })],
		});
		const [paid = 0] = await bars(image, BLUE, 2);
		const [saved = 0] = await bars(image, GREEN, 2);
		const [, planned = 0] = await bars(image, GREY, 2);
		expect(saved / paid).toBeCloseTo(1, 1);
		expect(planned / paid).toBeCloseTo(2, 1);
	});

	it('shows even a paid tenth of a cent beside a hundred dollars', async () => {
		const image = await drawChart({
			title: 't',
			subtitle: '',
			rows: [row('a', { paid: 100 }), row('b', { paid: 0.001 })],
		});
		const [, small = 0] = await bars(image, BLUE, 2);
		expect(small).toBeGreaterThanOrEqual(1);
	});

	it('grows with its rows, draws many as one, and takes none at all', async () => {
		const height = async (count: number) => {
			const rows = Array.from({ length: count }, (_, index) =>
				row(`row ${index}`, { paid: index }),
			);
			const image = await drawChart({ title: 't', subtitle: 's', rows });
			const found = await sharp(image).metadata();
			expect([found.format, found.width]).toEqual(['png', 1200]);
			return found.height;
		};
		expect(await height(0)).toBe(272);
		expect(await height(1)).toBe(272);
		expect(await height(40)).toBe(2612);
		expect(await height(1000)).toBe(2612);
	});

	it('takes any name', async () => {
		const names = ['', '<b>&', 'x'.repeat(5000), '東京 😀', '\u0000', ' '];
		const image = await drawChart({
			title: 'x'.repeat(500),
			subtitle: '<',
			rows: names.map((name) => row(name, { caption: name, paid: 1 })),
		});
		expect(Math.min(...(await bars(image, BLUE, names.length)))).toBeGreaterThan(300);
	});
});
