// From a ByoMachine to a joined node: claim, prepare, bootstrap. Every call takes one step.
import type { MachineClaim, MachineView } from '../api/activities.ts';
import { MACHINE_CONDITIONS, PROGRESS_REASONS } from '../api/conditions.ts';
import { bootstrapped, claimed, prepared } from '../api/milestones.ts';
import type { Reason } from '../api/reasons/reason.ts';
import {
  decideBootstrapProgress,
  decideFailure,
  decideProvisionStep,
  type BootstrapProgress,
  type Failure,
} from './decide.ts';
import { backOff, INSTALL, JOIN, perform, performOrBackOff, RESET_FOR_RETRY } from './operations.ts';
import { BOOTSTRAP_RETRIES } from './options.ts';
import { cluster } from './run-activities.ts';
import type { MachineRun } from './run.ts';

type Work = { run: MachineRun; view: MachineView; progress: BootstrapProgress; claim: MachineClaim };

/** One step towards the node. */
export async function provision(run: MachineRun, view: MachineView): Promise<void> {
  if (await run.waitForRetryTime()) return;
  const progress = recallProgress(run, view);
  const step = decideProvisionStep(view, progress);
  switch (step.kind) {
    case 'Claim':
      return claimHost(run);
    case 'Wait':
      return waitAt(run, step.condition, step.waiting);
    case 'Rest':
      return rest(run, view, progress);
    case 'RetryBootstrap':
      run.memory.bootstrap = { ...progress, attempt: progress.attempt + 1, next: 'Reset', retries: 0, stopSeen: false };
      return;
    case 'Install':
      return prepareHost({ run, view, progress, claim: step.claim });
    case 'Join':
      return joinCluster({ run, view, progress, claim: step.claim });
    case 'Reset':
      return resetForRetry({ run, view, progress, claim: step.claim });
  }
}

/** Tries belong to one claim; those of a run before this one are read back from what the host reports. */
function recallProgress(run: MachineRun, view: MachineView): BootstrapProgress {
  const generation = view.claim?.generation ?? 0;
  if (run.memory.bootstrap?.generation !== generation) run.memory.bootstrap = decideBootstrapProgress(view);
  return run.memory.bootstrap;
}

async function waitAt(run: MachineRun, type: 'HostClaimed' | 'BootstrapSucceeded', waiting: Reason): Promise<void> {
  run.enterPhase(type === 'HostClaimed' ? 'Claim' : 'Bootstrap');
  await run.block({ type, status: type === 'HostClaimed' ? 'False' : 'Unknown', ...waiting });
}

async function claimHost(run: MachineRun): Promise<void> {
  run.enterPhase('Claim');
  const result = await cluster('claim the host that fits best').claimHost({ machine: run.machine });
  run.see(result.view);
  if ('waiting' in result) {
    const { waiting } = result;
    run.told.note({ type: MACHINE_CONDITIONS.hostClaimed, status: 'False', ...waiting });
    await run.waitForSignal(waiting);
    return;
  }
  run.failures = 0;
  run.told.note(claimed(result.claim));
}

/** Installs, then sets the providerID: provisioned means claimed and prepared, and comes before kubeadm. */
async function prepareHost({ run, view: { version }, progress, claim }: Work): Promise<void> {
  const order = { claim, version, tries: progress, shouldPreempt };
  if (!(await performOrBackOff(run, INSTALL, order))) return;
  // The host answers from its journal when its machine may be worked on again.
  if (run.lastSeen?.hold || run.lastSeen?.deleting) return;
  // As far as is known it waits then; what is true is answered.
  const gate = run.lastSeen?.bootstrapGate;
  const conditions = [prepared(claim), ...(gate ? [{ ...JOIN.condition, ...gate }] : [])];
  const { machine } = run;
  run.see(
    await cluster(`set the providerID of ${claim.hostName}`).setProviderID({
      machine,
      claim,
      conditions,
      ...(gate && { passing: true }),
    }),
  );
  run.told.note(...conditions);
  progress.next = 'Join';
}

async function joinCluster({ run, progress, claim }: Work): Promise<void> {
  const outcome = await perform(run, JOIN, { claim, attempt: progress.attempt, shouldPreempt });
  if (outcome.kind === 'Preempted') return;
  if (outcome.kind === 'Failed') return takeBootstrapFailure(run, progress, outcome.failure);
  run.failures = 0;
  await run.reportAtRest(bootstrapped(claim));
  progress.next = 'Joined';
}

/** Reset, same host, the whole document again, at most twice; then stop, and say why (docs/design.md §5). */
async function takeBootstrapFailure(run: MachineRun, progress: BootstrapProgress, failure: Failure): Promise<void> {
  const verdict = decideFailure('join', failure);
  const { condition } = JOIN;
  if (verdict === 'Again' || verdict === 'Later') return backOff(run, failure, condition);
  const { reason, message } = failure;
  if (verdict === 'Stop' || progress.retries >= BOOTSTRAP_RETRIES) {
    const view = await run.reportAtRest({ ...condition, status: 'False', reason, message });
    Object.assign(progress, { next: 'Stopped', stopSeen: view?.bootstrapFailed === true });
    return;
  }
  const told = `attempt ${progress.retries + 1} failed, the host is reset for the next: ${message}`;
  await run.report({ ...condition, reason: PROGRESS_REASONS.resetting, message: told });
  run.memory.bootstrap = { ...progress, attempt: progress.attempt + 1, retries: progress.retries + 1, next: 'Reset' };
}

/** The remains of a failed bootstrap go, the claim stays. */
async function resetForRetry({ run, progress, claim }: Work): Promise<void> {
  const result = await performOrBackOff(run, RESET_FOR_RETRY, { claim, tries: progress, shouldPreempt });
  if (result) progress.next = 'Install';
}

/** Nothing to do until the cluster shows what we wrote, or a person acts. */
async function rest(run: MachineRun, view: MachineView, progress: BootstrapProgress): Promise<void> {
  await run.letMovePass();
  if (progress.next === 'Stopped') {
    progress.stopSeen ||= view.bootstrapFailed;
    const message = 'bootstrap failed for good: replace the Machine, or annotate the ByoMachine for another try';
    await run.waitForSignal({ reason: 'BootstrapFailed', message });
    return;
  }
  const asked = await run.waitForSignal({
    reason: 'BootstrapSucceeded',
    message: 'joined; not seen in the cluster yet',
  });
  if (asked) return;
  // Nobody says it: perhaps what we wrote was lost. The host answers a second join from its journal.
  progress.next = 'Join';
  run.told.forget();
}

function shouldPreempt(view: MachineView): boolean {
  return view.deleting;
}
