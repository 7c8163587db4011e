import { closingCount, harass } from './harness';

/** Ten thousand are for `npm run test:faults`. */
test('200 faults: no image is lost, none is bought twice', async () => {
	const totals = await harass({ faults: 200, seed: 1, lanes: 2, hosts: 0 });
	expect({ findings: totals.findings, count: closingCount(totals) }).toEqual({
		findings: [],
		count: expect.stringMatching(/^0 lost, 0 paid twice$/m),
	});
	expect(totals.faults).toBeGreaterThanOrEqual(200);
	expect(totals.delivered).toBeGreaterThan(200);
	expect(totals.handedOn).toBeGreaterThan(50);
	for (const kind of ['kill -9', 'kill -9 at a step', 'cut', '429', 'later node']) {
		expect(totals.happened.get(kind)).toBeGreaterThan(0);
	}
}, 1_200_000);
