// Whether workflows may set search attributes, as last found out; asked again, since a person may register them meanwhile.
import type { NativeConnection } from '@temporalio/worker';
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { pause } from '../../common/pause.ts';
import { ensureSearchAttributes } from '../../workers/search-attributes.ts';
import type { Metrics } from '../runtime/metrics.ts';

type Keeping = {
  connection: NativeConnection;
  namespace: string;
  log: Logger;
  metrics: Pick<Metrics, 'showTemporal'>;
};

const AGAIN_MS = 5 * 60_000;

export class SearchAttributesKeeper {
  readonly #keeping: Keeping;
  #refusal: string | undefined;
  #usable = false;

  constructor(keeping: Keeping) {
    this.#keeping = keeping;
  }

  get usable(): boolean {
    return this.#usable;
  }

  /** @throws Error while Temporal does not answer; what was found out before then stays */
  async ensure(): Promise<void> {
    const { connection, namespace, log, metrics } = this.#keeping;
    const found = await ensureSearchAttributes(connection, namespace);
    this.#usable = found.usable;
    metrics.showTemporal({ searchable: found.usable });
    const refusal = found.usable ? undefined : found.refusal;
    if (refusal !== undefined && refusal !== this.#refusal) {
      log.warn({ namespace, refusal }, 'Temporal refuses our search attributes; workflows go on without them');
    }
    this.#refusal = refusal;
  }

  /** Asks again every few minutes until `signal`. */
  async keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(AGAIN_MS, signal);
      if (signal.aborted) return;
      try {
        await this.ensure();
      } catch (error) {
        this.#keeping.log.debug({ error: describeError(error) }, 'search attributes cannot be asked for just now');
      }
    }
  }
}
