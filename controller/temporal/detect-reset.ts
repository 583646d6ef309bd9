// Whether Temporal still is the one that was spoken to: with its database, every workflow and every search attribute goes.
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { pause } from '../../common/pause.ts';

export type NamespaceWatch = {
  /** The id of the namespace as Temporal has it now: a new one when it was made anew under the old name. */
  readId: () => Promise<string>;
  /** Called when it was made anew; tried again with the next look when it throws. */
  onReplaced: () => Promise<void>;
  log: Logger;
  signal: AbortSignal;
  /** Milliseconds between looks. */
  everyMs?: number;
};

const LOOK_MS = 15_000;

/** Looks until `signal`; a Temporal that does not answer is no other Temporal. */
export async function watchNamespace(watch: NamespaceWatch): Promise<void> {
  const { readId, onReplaced, log, signal, everyMs = LOOK_MS } = watch;
  let known: string | undefined;
  while (!signal.aborted) {
    try {
      const id = await readId();
      if (known !== undefined && known !== id) {
        log.warn({ known, id }, 'the namespace of Temporal was made anew: every workflow is told again');
        await onReplaced();
      }
      known = id;
    } catch (error) {
      log.debug({ error: describeError(error) }, 'the namespace of Temporal cannot be read just now');
    }
    await pause(everyMs, signal);
  }
}
