// ESM TypeScript through swc; types are checked by `npm run typecheck`, not here.
export default {
  testEnvironment: '<rootDir>/tests/support/plain-globals.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2024', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testMatch: ['<rootDir>/tests/{unit,integration,e2e}/**/*.test.ts'],
  setupFilesAfterEnv: ['<rootDir>/tests/support/retry-in-ci.ts'],
  globalSetup: '<rootDir>/tests/support/global-setup.mjs',
  globalTeardown: '<rootDir>/tests/support/global-teardown.mjs',
  // Most of the time a test waits for a state to pass, so that more of them than processors fit side by side.
  maxWorkers: 4,
  testTimeout: 120_000,
};
