// The operations of this host: orders meet the runner here, each verb with its plan.
import { join } from 'node:path';
import type { OperationResult } from '../api/activities.ts';
import type { Order } from '../api/orders.ts';
import type { OperationProgress } from '../api/reported-host.ts';
import type { HostOperations } from '../activities/host/index.ts';
import type { Logger } from '../common/log.ts';
import type { Host } from './host/host.ts';
import type { ClaimState } from './journal/claims.ts';
import type { Journal } from './journal/journal.ts';
import { findPlan, type PlansByVerb } from './runner/resumable-plans.ts';
import { createRunner, type Runner } from './runner/runner.ts';
import type { OperationKey } from './runner/step.ts';
import { createPlans } from './steps/plans.ts';

export type AgentOperations = HostOperations & {
  claims(): ClaimState;
  /** What runs, or ran last; for the report. */
  latest(): OperationProgress | undefined;
  /** Goes on with what the last run of the agent left open; once, before orders are taken. */
  resume(): Promise<void>;
  /** Called when `latest` or `claims` may have changed. */
  onChange(listener: () => void): void;
};

export type OperationsOptions = { journal: Journal; host: Host; log: Logger; stateDir: string };

export function createOperations({ journal, host, log, stateDir }: OperationsOptions): AgentOperations {
  let latest: OperationProgress | undefined;
  let tell: (() => void) | undefined;
  const onProgress = (progress: OperationProgress) => {
    latest = progress;
    tell?.();
  };
  const runner = createRunner({ journal, host, log, onProgress });
  const plans = createPlans({ store: { dir: join(stateDir, 'store') }, stateDir });
  return {
    perform: (order) => performOrder(runner, plans, order),
    stop: (order) => runner.stop(keyOf(order)),
    isKnown: (order) => journal.findOperation(keyOf(order)) !== undefined,
    progressOf: (order) => runner.progressOf(keyOf(order)),
    claims: () => journal.readClaims(),
    latest: () => latest,
    resume: () => runner.resumeOpenOperation(plans),
    onChange: (listener) => {
      tell = listener;
    },
  };
}

async function performOrder(runner: Runner, plans: PlansByVerb, order: Order): Promise<OperationResult> {
  const key = keyOf(order);
  const { operation, generation } = key;
  const plan = findPlan(plans, order.verb);
  if (!plan) throw new Error(`no plan for ${order.verb}`);
  if (runner.admit(order) === 'AlreadyClean') {
    return { operation, generation, message: 'the host is clean of this claim already' };
  }
  return runner.perform(key, plan, order.arguments);
}

function keyOf({ incarnation, generation, operation }: Order): OperationKey {
  return { incarnation, generation, operation };
}
