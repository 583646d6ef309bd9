// How long this test itself was held up: what a machine that stands still does to a measurement is no fault of what is
// measured.
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds; `longest` since the watch began. */
export function watchDelays(): { longest: () => number } & Disposable {
  const histogram = monitorEventLoopDelay({ resolution: 20 });
  histogram.enable();
  return { longest: () => histogram.max / 1e6, [Symbol.dispose]: () => void histogram.disable() };
}
