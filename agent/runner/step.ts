// How a deed on the host is declared: look first, act, and how to take it back. The runner does the rest.
import type { HostStep } from '../../api/steps.ts';
import type { ByoError } from '../../common/errors.ts';
import type { Host } from '../host/host.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** What identifies an operation in the journal, for ever. */
export type OperationKey = { incarnation: string; generation: number; operation: string };

/** What a step says while it works; `waiting` is a reason that is no failure (network, lock, disk). */
export type StepReport = { bytes?: number; total?: number; message?: string };

/** The world as a step sees it. */
export type StepContext = {
  key: OperationKey;
  /** Reads and runs; changes go through the ledger or are themselves undone by the step. */
  host: Host;
  /** Changes of the host, each written down before it is made. */
  ledger: Ledger;
  report(update: StepReport): void;
  /** Aborted when the operation is stopped. Detaching (agent shutdown) never aborts a unit that runs. */
  signal: AbortSignal;
};

/**
 * One step. `look` answers whether the effect is already there (true: the step is done and recorded so); `act` makes it
 * and must be safe to run again after dying at any line; `undo` takes back what the ledger cannot know of.
 */
export type Step<Arguments> = {
  name: HostStep;
  look(context: StepContext, input: Arguments): Promise<boolean>;
  act(context: StepContext, input: Arguments): Promise<void>;
  undo?(context: StepContext, input: Arguments): Promise<void>;
};

/** The steps of one operation, in order. `isReadOnly` operations (drain, inspect) are never answered from the journal. */
export type OperationPlan<Arguments> = { steps: Step<Arguments>[]; isReadOnly?: boolean };

export type StepOutcome = { state: 'Succeeded' } | { state: 'Failed'; error: ByoError } | { state: 'Stopped' };
