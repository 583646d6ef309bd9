// The suites: `unit` needs nothing but this checkout; the others start real parts of their own (test/main.ts runs all).
import { existsSync } from 'node:fs';
import { configDefaults, defineConfig } from 'vitest/config';

/** Unit tests sync many small files: in memory that costs nothing, and what is tested is the order, not the disk. */
const env: Record<string, string> = existsSync('/dev/shm') ? { TMPDIR: '/dev/shm' } : {};
/** Whole lives of a claim on a host, eight minutes: on demand, with the failures at every step. */
const LIVES = 'test/integration/host/claim-lives.test.ts';
const exclude = [...configDefaults.exclude, 'dist/**'];
/** Suites that start real parts; the rest of test/ is tried with the unit tests. */
const REAL_PARTS = ['test/{integration,e2e,security,install}/**', 'test/faults/{plugs,steps,once}/**'];

export default defineConfig({
  test: {
    pool: 'forks',
    // The default leaves one core free, which on two is half of them.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...exclude, ...REAL_PARTS],
          env,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'bundle',
          include: ['test/integration/bundle/**/*.test.ts'],
          globalSetup: ['test/support/debian-servers.ts'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'workflow',
          include: ['test/integration/workflow/**/*.test.ts'],
          globalSetup: ['test/support/temporal-server.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'gateway',
          include: ['test/integration/gateway/**/*.test.ts'],
          globalSetup: ['test/support/temporal-server.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'controller',
          include: ['test/integration/controller/**/*.test.ts'],
          globalSetup: ['test/support/api-server.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'gateway-http',
          include: ['test/integration/gateway-http/**/*.test.ts'],
          globalSetup: ['test/support/api-server.ts'],
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'host',
          include: ['test/integration/host/**/*.test.ts'],
          exclude: [...exclude, LIVES],
          testTimeout: 600_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'machines',
          include: ['test/integration/machines/**/*.test.ts'],
          testTimeout: 600_000,
          // The first run builds a kernel.
          hookTimeout: 3_600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
          bail: 1,
        },
      },
      {
        test: {
          name: 'security',
          include: ['test/security/**/*.test.ts'],
          globalSetup: ['test/security/setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // One world for all: a flood in one file must not be the noise of another.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'install',
          include: ['test/install/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
          bail: 1,
        },
      },
      {
        test: {
          name: 'steps',
          include: ['test/faults/steps/**/*.test.ts', LIVES],
          testTimeout: 300_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'once',
          include: ['test/faults/once/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'plugs',
          include: ['test/faults/plugs/**/*.test.ts'],
          globalSetup: ['test/faults/plugs/setup.ts'],
          testTimeout: 900_000,
          // One bench for all; two scenarios at once would only wait for each other's processors.
          fileParallelism: false,
        },
      },
    ],
  },
});
