// What stands behind a light host: the operations of an agent as their steps and nothing else. Each takes its time and is
// told of as an agent tells of it; what has ended is answered again, as from a journal.
import { setTimeout as delay } from 'node:timers/promises';
import type { OperationResult } from '../../api/activities.ts';
import type { Order } from '../../api/orders.ts';
import type { ReportedHost } from '../../api/report/reported-host.ts';
import { STEPS_OF } from '../../api/steps.ts';

type Known = Pick<ReportedHost, 'generation' | 'openClaim' | 'operation'>;

export class ScriptedHost {
  /** Called when `known` has changed. */
  onChange: () => void = () => undefined;
  readonly #stepMs: number;
  readonly #ended = new Map<string, Promise<OperationResult>>();
  #known: Known = { generation: 0 };

  constructor(stepMs: number) {
    this.#stepMs = stepMs;
  }

  /** What its report says beside the facts of the machine. */
  get known(): Known {
    return this.#known;
  }

  /** Carries an order out, attaches to it, or answers it again. */
  perform(order: Order): Promise<OperationResult> {
    const key = `${order.generation}/${order.operation}`;
    const running = this.#ended.get(key) ?? this.#run(order);
    this.#ended.set(key, running);
    return running;
  }

  async #run({ verb, operation, generation, incarnation }: Order): Promise<OperationResult> {
    const claim = { generation, openClaim: { incarnation, generation } };
    const steps: { step: string; startedAt: string; seconds: number; attempts: number }[] = [];
    for (const step of STEPS_OF[verb]) {
      this.#tell({ ...claim, operation: { operation, generation, state: 'Running', step, attempt: 1 } });
      steps.push({ step, startedAt: new Date().toISOString(), seconds: this.#stepMs / 1000, attempts: 1 });
      await delay(this.#stepMs);
    }
    const ended = { operation, generation, state: 'Succeeded' } as const;
    this.#tell(verb === 'reset' ? { generation, operation: ended } : { ...claim, operation: ended });
    return { operation, generation, message: `${operation} done`, steps };
  }

  #tell(known: Known): void {
    this.#known = known;
    this.onChange();
  }
}
