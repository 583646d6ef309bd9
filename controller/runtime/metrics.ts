// Prometheus metrics of the controller.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Result } from './queue.ts';

const KIND = ['kind'];

export class Metrics {
  readonly #registry = new Registry();
  readonly #seconds = new Histogram({
    name: 'byo_reconcile_seconds',
    help: 'Duration of a reconcile.',
    labelNames: KIND,
    registers: [this.#registry],
  });
  readonly #errors = new Counter({
    name: 'byo_reconcile_errors_total',
    help: 'Reconciles that failed.',
    labelNames: KIND,
    registers: [this.#registry],
  });
  readonly #objects = new Gauge({
    name: 'byo_queue_objects',
    help: 'Objects that wait, run or are due later.',
    labelNames: KIND,
    registers: [this.#registry],
  });
  readonly #trustLost = new Gauge({
    name: 'byo_trust_lost',
    help: '1 while the CA or the signing key that hosts trust is gone: no host can enroll or renew.',
    registers: [this.#registry],
  });
  #isTrustLost = (): boolean => false;
  readonly #temporal = new Gauge({
    name: 'byo_temporal_worker_polls',
    help: '1 while the control worker takes tasks from Temporal; 0: machines stand still, all else goes on.',
    registers: [this.#registry],
  });
  readonly #searchable = new Gauge({
    name: 'byo_temporal_search_attributes',
    help: '1 while workflows can be searched by cluster, host and phase; 0: Temporal refused the attributes.',
    registers: [this.#registry],
  });
  readonly #endedRuns = new Counter({
    name: 'byo_workflow_runs_ended_total',
    help: 'Runs of workflows that could not go on and were begun anew, by cause.',
    labelNames: ['cause'],
    registers: [this.#registry],
  });
  readonly #sizes = new Map<string, () => number>();

  /** The same reconciler, counted and timed. */
  measure(kind: string, run: (key: string) => Promise<Result>): (key: string) => Promise<Result> {
    return async (key) => {
      const end = this.#seconds.startTimer({ kind });
      try {
        return await run(key);
      } catch (error) {
        this.#errors.inc({ kind });
        throw error;
      } finally {
        end();
      }
    };
  }

  /** Shows whether what hosts trust is gone. */
  watchTrust(isLost: () => boolean): void {
    this.#isTrustLost = isLost;
  }

  /** Shows the size of a queue. */
  watchQueue(kind: string, size: () => number): void {
    this.#sizes.set(kind, size);
  }

  /** How the link to Temporal is. */
  showTemporal(state: { polls?: boolean; searchable?: boolean }): void {
    if (state.polls !== undefined) this.#temporal.set(Number(state.polls));
    if (state.searchable !== undefined) this.#searchable.set(Number(state.searchable));
  }

  countEndedRun(cause: string): void {
    this.#endedRuns.inc({ cause });
  }

  /** All metrics in Prometheus' text format. */
  async text(): Promise<string> {
    for (const [kind, size] of this.#sizes) this.#objects.set({ kind }, size());
    this.#trustLost.set(this.#isTrustLost() ? 1 : 0);
    return this.#registry.metrics();
  }
}
