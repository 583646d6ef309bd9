// Ending operations for good, each with everything it started; a crash in the middle leaves the stop to be finished.
import type { Host } from '../host/host.ts';
import type { Journal } from '../journal/journal.ts';
import type { KeptInputs } from './kept-inputs.ts';
import { stoppedError } from './recorded-end.ts';
import { isSameOperation, type RunningOperations } from './running.ts';
import type { OperationKey } from '../journal/operation-key.ts';

export type StopScope = { journal: Journal; host: Host; running: RunningOperations; inputs: KeptInputs };

/** Stops one operation; one that has ended, or never was, is left as it is. */
export async function stopOperation(scope: StopScope, key: OperationKey): Promise<void> {
  const { journal, running, inputs } = scope;
  journal.beginStop(key);
  const run = running.find(key);
  run?.stop.abort(stoppedError(key));
  await stopUnits(scope, key);
  // How it ended is heard by those who performed it.
  await run?.promise.catch(() => undefined);
  // Once more: one that it was just starting when it was stopped.
  if (run) await stopUnits(scope, key);
  if (journal.findOperation(key)?.state === 'Stopping') journal.endOperation(key, { state: 'Stopped' });
  inputs.erase(key);
}

/** Stops every operation but `except`, those that an earlier run of the agent left open among them. */
export async function stopOperations(scope: StopScope, except?: OperationKey): Promise<void> {
  const open = scope.journal.listOperations(['Running', 'Stopping']).map(({ key }) => key);
  const keys = [...scope.running.all().map(({ key }) => key), ...open];
  for (const key of keys) if (!except || !isSameOperation(key, except)) await stopOperation(scope, key);
}

/** For a reset: nothing of the claim's units is left, neither what they left running nor what they left written. */
export async function forgetOtherUnits(scope: StopScope, reset: OperationKey): Promise<void> {
  const own = new Set(scope.journal.listUnits(reset));
  for (const unit of scope.journal.listUnitsOfClaim(reset)) {
    if (own.has(unit)) continue;
    await scope.host.forgetUnit(unit);
    scope.journal.dropUnit(reset, unit);
  }
}

async function stopUnits({ journal, host }: StopScope, key: OperationKey): Promise<void> {
  for (const unit of journal.listUnits(key)) await host.stopUnit(unit);
}
