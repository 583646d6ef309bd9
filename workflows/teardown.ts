// The way back: drain, reset, delete the Node, release. The finalizer falls last, when the host is proven clean.
import type { MachineClaim, MachineView } from '../api/activities.ts';
import { FAILURE_REASONS, MACHINE_CONDITIONS, PROGRESS_REASONS, type ConditionUpdate } from '../api/conditions.ts';
import { decideTeardownProgress, decideTeardownStep, type TeardownProgress } from './decide.ts';
import { isActivityFailure } from './failures.ts';
import { DRAIN, perform, performOrBackOff, RESET } from './operations.ts';
import { cluster } from './run-activities.ts';
import type { MachineRun } from './run.ts';

type Work = { run: MachineRun; progress: TeardownProgress; claim: MachineClaim };

/** One step back; answers true when the host is released and nothing is left to do. */
export async function tearDown(run: MachineRun, view: MachineView): Promise<boolean> {
  if (await run.waitForRetryTime()) return false;
  const progress = (run.memory.teardown ??= decideTeardownProgress(view));
  const step = decideTeardownStep(view, progress);
  switch (step.kind) {
    case 'Drain':
      await drainHost({ run, progress, claim: step.claim });
      break;
    case 'Reset':
      await resetHost({ run, progress, claim: step.claim });
      break;
    case 'Wait':
      run.enterPhase('Reset');
      await run.block({ ...RESET.condition, ...step.waiting });
      break;
    case 'Forget':
      forgetHost({ run, progress, claim: step.claim });
      break;
    case 'DeleteNode':
      await deleteNode({ run, progress, claim: step.claim });
      break;
    case 'Release':
      await release(run, step.claim);
  }
  return step.kind === 'Release';
}

/** A drain that fails is told of and passed: it has its own bound, and the reset must come. */
async function drainHost({ run, progress, claim }: Work): Promise<void> {
  const outcome = await perform(run, DRAIN, { claim, attempt: 0, shouldPreempt });
  if (outcome.kind === 'Preempted') return;
  progress.drained = true;
  if (outcome.kind === 'Succeeded') {
    const { message } = outcome.result;
    tellNext(run, { type: DRAIN.condition.type, status: 'True', reason: MACHINE_CONDITIONS.drained, message });
    return;
  }
  const { reason, message } = outcome.failure;
  tellNext(run, { ...DRAIN.condition, reason, message });
}

/** Told with the next effect: nobody decides by it. */
function tellNext(run: MachineRun, condition: ConditionUpdate): void {
  run.memory.toTell = [...run.memory.toTell, condition];
}

/** The host stays claimed until it is clean; what blocks is named, and tried again ever more rarely. */
async function resetHost({ run, progress, claim }: Work): Promise<void> {
  const told = run.memory.toTell;
  const result = await performOrBackOff(run, RESET, { claim, tries: progress, shouldPreempt, told });
  if (!result) return;
  const { message } = result;
  run.memory.toTell = [{ ...RESET.condition, status: 'True', reason: PROGRESS_REASONS.clean, message }];
  progress.reset = true;
}

/** No order: a host that was re-imaged knows of no claim, and what is on it now is not ours to take away. */
function forgetHost({ run, progress, claim }: Work): void {
  run.enterPhase('Reset');
  const message = `${claim.hostName} was re-imaged: nothing of the claim is left on it`;
  tellNext(run, { ...RESET.condition, status: 'True', reason: FAILURE_REASONS.hostReplaced, message });
  progress.reset = true;
}

/** After the reset, so that no kubelet registers it anew. A workload API that is gone does not keep a host claimed. */
async function deleteNode({ run, progress, claim }: Work): Promise<void> {
  run.enterPhase('Release');
  progress.nodeDeleted = true;
  const { machine, memory } = run;
  const conditions = memory.toTell;
  try {
    await cluster(`delete the Node of ${claim.hostName}`).deleteNode({
      machine,
      claim,
      ...(conditions.length > 0 && { conditions }),
    });
  } catch (error) {
    // Cluster API deletes the Node of the Machine as well, by name: this is told in the history and passed.
    if (!isActivityFailure(error)) throw error;
  }
}

async function release(run: MachineRun, claim: MachineClaim | undefined): Promise<void> {
  run.enterPhase('Release');
  await cluster('give the host back').releaseHost({ machine: run.machine, ...(claim && { claim }) });
  run.enterPhase('Released');
}

/** Force takes the object away without us: nobody is left to do this for, and the reconciler owes the cleanup. */
function shouldPreempt(view: MachineView): boolean {
  return view.notFound === true && !view.claim;
}
