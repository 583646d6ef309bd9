// The way back: drain, reset, delete the Node, release. The finalizer falls last, when the host is proven clean.
import type { MachineClaim, MachineView } from '../api/activities.ts';
import { FAILURE_REASONS, MACHINE_CONDITIONS, PROGRESS_REASONS } from '../api/conditions.ts';
import { cluster } from './cluster-activities.ts';
import { decideFailure } from './decide-retry.ts';
import { decideTeardownStep, decideUndone, type Undone } from './decide-teardown.ts';
import { isActivityFailure, type Failure } from './failures.ts';
import { orderHost, waitForRetryTime, waitOutFailure, waitWith } from './order-host.ts';
import { enterPhase, report } from './road.ts';
import type { MachineRoad } from './machine-road.ts';

const DRAINED = { type: MACHINE_CONDITIONS.drained, status: 'False' } as const;
const RESET = { type: MACHINE_CONDITIONS.hostReset, status: 'False' } as const;

type Work = { road: MachineRoad; view: MachineView; undone: Undone; claim: MachineClaim };

/** One step back; answers true when the host is released and nothing is left to do. */
export async function tearDown(road: MachineRoad, view: MachineView): Promise<boolean> {
  if (await waitForRetryTime(road)) return false;
  const undone = (road.undone ??= decideUndone(view));
  const step = decideTeardownStep(view, undone);
  switch (step.kind) {
    case 'Drain':
      await drainHost({ road, view, undone, claim: step.claim });
      break;
    case 'Reset':
      await resetHost({ road, view, undone, claim: step.claim });
      break;
    case 'Wait':
      enterPhase(road, 'Reset');
      await waitWith(road, { ...RESET, ...step.waiting });
      break;
    case 'Forget':
      await forgetHost({ road, undone, claim: step.claim });
      break;
    case 'DeleteNode':
      await deleteNode({ road, view, undone, claim: step.claim });
      break;
    case 'Release':
      await release(road, step.claim);
  }
  return step.kind === 'Release';
}

/** A drain that fails is told of and passed: it has its own bound, and the reset must come. */
async function drainHost({ road, view, undone, claim }: Work): Promise<void> {
  enterPhase(road, 'Drain');
  const errand = { claim, verb: 'drain', condition: DRAINED, mustLeave } as const;
  const outcome = await orderHost(road, { ...errand, reason: PROGRESS_REASONS.deleting }, view);
  if (outcome.kind === 'Left') return;
  undone.drained = true;
  if (outcome.kind === 'Failed') return report(road, { ...DRAINED, ...reasonOf(outcome.failure) });
  await report(road, { ...DRAINED, status: 'True', reason: MACHINE_CONDITIONS.drained, message: outcome.message });
}

/** The host stays claimed until it is clean; what blocks is named, and tried again ever more rarely. */
async function resetHost({ road, view, undone, claim }: Work): Promise<void> {
  enterPhase(road, 'Reset');
  const errand = { claim, verb: 'reset', attempt: undone.attempt, condition: RESET, mustLeave } as const;
  const outcome = await orderHost(road, { ...errand, reason: PROGRESS_REASONS.resetting }, view);
  if (outcome.kind === 'Left') return;
  if (outcome.kind === 'Failed') {
    if (decideFailure('reset', outcome.failure) === 'Later') undone.attempt += 1;
    return waitOutFailure(road, outcome.failure, RESET);
  }
  road.failures = 0;
  await report(road, { ...RESET, status: 'True', reason: PROGRESS_REASONS.clean, message: outcome.message });
  undone.reset = true;
}

/** No order: a host that was re-imaged knows of no claim, and what is on it now is not ours to take away. */
async function forgetHost({ road, undone, claim }: Pick<Work, 'road' | 'undone' | 'claim'>): Promise<void> {
  enterPhase(road, 'Reset');
  const message = `${claim.hostName} was re-imaged: nothing of the claim is left on it`;
  await report(road, { ...RESET, status: 'True', reason: FAILURE_REASONS.hostReplaced, message });
  undone.reset = true;
}

/** After the reset, so that no kubelet registers it anew. A workload API that is gone does not keep a host claimed. */
async function deleteNode({ road, undone, claim }: Work): Promise<void> {
  enterPhase(road, 'Release');
  undone.nodeDeleted = true;
  try {
    await cluster(`delete the Node of ${claim.hostName}`).deleteNode({ machine: road.machine, claim });
  } catch (error) {
    // Cluster API deletes the Node of the Machine as well, by name: this is told in the history and passed.
    if (!isActivityFailure(error)) throw error;
  }
}

async function release(road: MachineRoad, claim: MachineClaim | undefined): Promise<void> {
  enterPhase(road, 'Release');
  await cluster('give the host back').releaseHost({ machine: road.machine, ...(claim && { claim }) });
  enterPhase(road, 'Released');
}

function reasonOf({ reason, message }: Failure): { reason: string; message: string } {
  return { reason, message };
}

/** Force takes the object away without us: nobody is left to do this for, and the reconciler owes the cleanup. */
function mustLeave(view: MachineView): boolean {
  return view.notFound === true && !view.claim;
}
