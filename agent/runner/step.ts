// How a deed on the host is declared: look first, then act; and how an operation finds its plan. The runner does the rest,
// the ledger takes it back.
import type { z } from 'zod';
import { DrainArguments, InstallArguments, JoinArguments, ResetArguments } from '../../api/orders.ts';
import type { HostStep } from '../../api/steps.ts';
import type { ByoError } from '../../common/errors.ts';
import type { Host } from '../host/host.ts';
import type { OperationKey } from '../journal/operation-key.ts';
import type { Ledger } from '../ledger/ledger.ts';

/**
 * What a step says while it works; `reason` names, beside `message`, what it waits for (network, lock, disk).
 * `conclusion`: what the end of the operation shall tell beside that it is done.
 */
export type StepReport = { bytes?: number; total?: number; message?: string; reason?: string; conclusion?: string };

/** The world as a step sees it. */
export type StepContext = {
  key: OperationKey;
  /** Reads and runs; changes go through the ledger, or are taken back by a step of the reset. */
  host: Host;
  /** Changes of the host, each written down before it is made. */
  ledger: Ledger;
  report(update: StepReport): void;
  /** Aborted when the operation is stopped. Detaching (agent shutdown) never aborts a unit that runs. */
  signal: AbortSignal;
};

/**
 * One step. `look` answers whether the effect is already there (true: the step is done and recorded so); `act` makes it
 * and must be safe to run again after dying at any line.
 */
export type Step<Arguments> = {
  name: HostStep;
  look(context: StepContext, input: Arguments): Promise<boolean>;
  act(context: StepContext, input: Arguments): Promise<void>;
};

/**
 * The steps of one operation, in order, and what the runner must know of it.
 *
 * - `isReadOnly` (drain, inspect): never answered from the journal, may run beside a mutating operation.
 * - `keepsInput`: where the arguments wait for a restart of the agent. `journal` for arguments without secrets (install,
 *   drain, reset); `tmpfs`, the default, for a bootstrap document: it is gone after a reboot.
 * - `stopsOthers` (reset): every other operation of the host is stopped for good first, its units ended and forgotten.
 * - `closesGeneration` (reset, unless it keeps the claim): success closes the claim's generation in the same write.
 * - `lookInterrupted`: asked when the agent comes back and the arguments are gone: what has become of the operation?
 *   `Resumable`: nothing that may not be repeated has begun; it waits for its order to come again (also the default).
 */
export type OperationPlan<Arguments> = {
  steps: Step<Arguments>[];
  isReadOnly?: boolean;
  keepsInput?: 'journal' | 'tmpfs';
  stopsOthers?: boolean;
  closesGeneration?: (input: Arguments) => boolean;
  lookInterrupted?: (context: StepContext) => Promise<StepOutcome | { state: 'Resumable' }>;
};

export type StepOutcome = { state: 'Succeeded' } | { state: 'Failed'; error: ByoError } | { state: 'Stopped' };

/** The plan of every verb. */
export type PlansByVerb = {
  install: OperationPlan<InstallArguments>;
  join: OperationPlan<JoinArguments>;
  drain: OperationPlan<DrainArguments>;
  reset: OperationPlan<ResetArguments>;
};

/** The plan of `install/v1.36.3` or `join#1`, taking arguments as they were kept; undefined for an unknown verb. */
export function findPlan(plans: PlansByVerb, operation: string): OperationPlan<unknown> | undefined {
  const [verb = ''] = operation.split(/[/#]/, 1);
  const found: Record<string, () => OperationPlan<unknown>> = {
    install: () => checked(plans.install, InstallArguments),
    join: () => checked(plans.join, JoinArguments),
    drain: () => checked(plans.drain, DrainArguments),
    reset: () => checked(plans.reset, ResetArguments),
  };
  return found[verb]?.();
}

/** Another version of the agent may have kept them: every use checks their shape. */
function checked<Arguments>(plan: OperationPlan<Arguments>, schema: z.ZodType<Arguments>): OperationPlan<unknown> {
  const { closesGeneration, steps, ...rest } = plan;
  return {
    ...rest,
    ...(closesGeneration && { closesGeneration: (input) => closesGeneration(schema.parse(input)) }),
    steps: steps.map((step) => checkedStep(step, schema)),
  };
}

function checkedStep<Arguments>(step: Step<Arguments>, schema: z.ZodType<Arguments>): Step<unknown> {
  return {
    name: step.name,
    look: (context, input) => step.look(context, schema.parse(input)),
    act: (context, input) => step.act(context, schema.parse(input)),
  };
}
