// Keeps looking which host paths pods are given: before a machine is drained, and its pods with that are gone.
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { pause } from '../../common/pause.ts';

/** A pod that lives for less is not seen; a look costs one folder listed, and a file for each new container. */
const EVERY_MILLISECONDS = 30_000;

type Watching = { note: () => Promise<void>; log: Logger; signal: AbortSignal; everyMilliseconds?: number };

/** Until the signal ends it. A look that fails is told and made again: nothing of the agent's work waits for it. */
export function watchHostPaths(options: Watching): void {
  watch(options).catch((error: unknown) =>
    options.log.error({ why: describeError(error) }, 'host paths are not watched'),
  );
}

async function watch({ note, log, signal, everyMilliseconds = EVERY_MILLISECONDS }: Watching): Promise<void> {
  while (!signal.aborted) {
    await note().catch((error: unknown) =>
      log.warn({ why: describeError(error) }, 'host paths of pods were not noted'),
    );
    await pause(everyMilliseconds, signal);
  }
}
