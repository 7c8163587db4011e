/**
 * Runs the tests as if it were another day: npm run test:on -- 2026-12-02 [jest's own arguments].
 * What holds today must hold on every day.
 */

import { spawnSync } from 'node:child_process';
import path from 'node:path';

const [day = '', ...rest] = process.argv.slice(2);
const noon = Date.parse(`${day}T12:00:00Z`);
if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(noon)) {
	throw new TypeError('Usage: npm run test:on -- YYYY-MM-DD [arguments of jest]');
}
const shift = path.join(__dirname, 'shift-clock.cjs');
const { status } = spawnSync(
	process.execPath,
	[require.resolve('jest/bin/jest'), ...rest, '--setupFiles', shift],
	{
		stdio: 'inherit',
		env: {
			...process.env,
			CLOCK_OFFSET_MS: String(noon - Date.now()),
			NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require ${shift}`.trim(),
		},
	},
);
process.exitCode = status ?? 1;
