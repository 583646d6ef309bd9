// Before and after all scenarios. BYO_KEEP_BENCH=1 leaves the bench up, to look at it or to run another scenario on it.
import { startBench, stopBench } from './bench.ts';

export async function setup(): Promise<void> {
  await startBench();
}

export async function teardown(): Promise<void> {
  if (process.env.BYO_KEEP_BENCH !== '1') await stopBench();
}
