/** @type {import('jest').Config} */
module.exports = {
	testEnvironment: 'node',
	roots: ['<rootDir>/test'],
	testMatch: ['**/*.test.ts'],
	testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/host/node_modules/'],
	modulePathIgnorePatterns: ['<rootDir>/test/host/node_modules/', '<rootDir>/dist/'],
	// Types are checked by `npm run typecheck`; tests only transpile. CommonJS turns the lazy
	// `await import()` into a lazy require, which Jest can follow.
	transform: {
		'^.+\\.ts$': [
			'ts-jest',
			{
				tsconfig: {
					target: 'es2023',
					module: 'commonjs',
					moduleResolution: 'node10',
					esModuleInterop: true,
					resolveJsonModule: true,
					experimentalDecorators: true,
					isolatedModules: true,
				},
				diagnostics: false,
			},
		],
	},
	// One folder for everything that tests write, so that nothing is left of it, and one PostgreSQL.
	globalSetup: '<rootDir>/test/set-up.ts',
	globalTeardown: '<rootDir>/test/tear-down.ts',
	testTimeout: 120_000,
};
