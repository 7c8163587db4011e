import { hasPostgres } from '../services/shared-postgres';
import { closingCount, harass } from './harness';

/** The end-to-end tests have 200, and ten thousand are for `npm run test:faults`. */
if (hasPostgres())
	test('40 faults over three hosts: no image is lost, none is bought twice', async () => {
		const totals = await harass({ faults: 40, seed: 1, lanes: 2, hosts: 3 });
		expect({ findings: totals.findings, count: closingCount(totals) }).toEqual({
			findings: [],
			count: expect.stringMatching(/^0 lost, 0 paid twice$/m),
		});
		expect(totals.delivered).toBeGreaterThan(40);
	}, 1_200_000);
