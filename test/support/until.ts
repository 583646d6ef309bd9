// How tests wait for what comes true in a controller that runs.
import { vi } from 'vitest';

/** Looks again until `check` passes; the last failure is the test's. */
export const until = <T>(check: () => T | Promise<T>, timeout = 15_000): Promise<T> =>
  vi.waitFor(check, { timeout, interval: 50 });
