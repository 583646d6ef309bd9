// From a ByoMachine to a joined node: claim, prepare, bootstrap. Every call takes one step and looks again.
import type { MachineClaim, MachineView } from '../api/activities.ts';
import { MACHINE_CONDITIONS, PROGRESS_REASONS } from '../api/conditions.ts';
import { cluster } from './cluster-activities.ts';
import { decideFailure } from './decide-retry.ts';
import { decideProvisionStep, decideTries, type Tries } from './decide-provision.ts';
import { showDetails } from './details.ts';
import type { Failure } from './failures.ts';
import { bootstrapped, claimed, prepared } from './milestones.ts';
import { BOOTSTRAP_RETRIES } from './options.ts';
import { orderHost, waitForRetryTime, waitOutFailure, waitWith } from './order-host.ts';
import { enterPhase, report, setMoveBlocked, waitForNews } from './road.ts';
import type { MachineRoad } from './machine-road.ts';

const PREPARED = { type: MACHINE_CONDITIONS.hostPrepared, status: 'False' } as const;
/** Unknown while anything may still come of it: False is for good, and Cluster API's health checks may act on it. */
const BOOTSTRAP = { type: MACHINE_CONDITIONS.bootstrapSucceeded, status: 'Unknown' } as const;

type Work = { road: MachineRoad; view: MachineView; tries: Tries; claim: MachineClaim };

/** One step towards the node. */
export async function provision(road: MachineRoad, view: MachineView): Promise<void> {
  if (await waitForRetryTime(road)) return;
  const tries = recallTries(road, view);
  const step = decideProvisionStep(view, tries);
  switch (step.kind) {
    case 'Claim':
      return claimHost(road);
    case 'Wait':
      return waitAt(road, step.condition, step.waiting);
    case 'Rest':
      return rest(road, view, tries);
    case 'RetryBootstrap':
      road.tries = { ...tries, attempt: tries.attempt + 1, next: 'Reset', retries: 0, stopSeen: false };
      return;
    case 'Install':
      return prepareHost({ road, view, tries, claim: step.claim });
    case 'Join':
      return joinCluster({ road, view, tries, claim: step.claim });
    case 'Reset':
      return resetForRetry({ road, view, tries, claim: step.claim });
  }
}

/** Tries belong to one claim; those of a run before this one are read back from what the host reports. */
function recallTries(road: MachineRoad, view: MachineView): Tries {
  const generation = view.claim?.generation ?? 0;
  if (road.tries?.generation !== generation) road.tries = decideTries(view);
  return road.tries;
}

async function waitAt(
  road: MachineRoad,
  condition: 'HostClaimed' | 'BootstrapSucceeded',
  waiting: { reason: string; message: string },
): Promise<void> {
  enterPhase(road, condition === 'HostClaimed' ? 'Claim' : 'Bootstrap');
  await waitWith(road, { type: condition, status: condition === 'HostClaimed' ? 'False' : 'Unknown', ...waiting });
}

async function claimHost(road: MachineRoad): Promise<void> {
  enterPhase(road, 'Claim');
  const result = await cluster('claim the host that fits best').claimHost({ machine: road.machine });
  if ('waiting' in result) return waitAt(road, 'HostClaimed', result.waiting);
  road.failures = 0;
  showDetails(road, { host: result.claim.hostName });
  await report(road, claimed(result.claim));
}

/** Installs, then sets the providerID: provisioned means claimed and prepared, and comes before kubeadm. */
async function prepareHost({ road, view, tries, claim }: Work): Promise<void> {
  enterPhase(road, 'Prepare');
  const errand = { claim, verb: 'install', attempt: tries.attempt, condition: PREPARED, mustLeave } as const;
  const outcome = await orderHost(road, { ...errand, reason: PROGRESS_REASONS.installing }, view);
  if (outcome.kind === 'Left') return;
  if (outcome.kind === 'Failed') {
    if (decideFailure('install', outcome.failure) === 'Later') tries.attempt += 1;
    return waitOutFailure(road, outcome.failure, PREPARED);
  }
  road.failures = 0;
  await cluster(`set the providerID of ${claim.hostName}`).setProviderID({ machine: road.machine, claim });
  await report(road, prepared(claim));
  tries.next = 'Join';
}

async function joinCluster({ road, view, tries, claim }: Work): Promise<void> {
  enterPhase(road, 'Bootstrap');
  const errand = { claim, verb: 'join', attempt: tries.attempt, condition: BOOTSTRAP, mustLeave } as const;
  const outcome = await orderHost(road, { ...errand, reason: PROGRESS_REASONS.joining }, view);
  if (outcome.kind === 'Left') return;
  if (outcome.kind === 'Failed') return takeBootstrapFailure(road, tries, outcome.failure);
  road.failures = 0;
  await report(road, bootstrapped(claim));
  tries.next = 'Joined';
}

/** Reset, same host, the whole document again, at most twice; then stop, and say why (DESIGN §5). */
async function takeBootstrapFailure(road: MachineRoad, tries: Tries, failure: Failure): Promise<void> {
  const verdict = decideFailure('join', failure);
  if (verdict === 'Again' || verdict === 'Later') return waitOutFailure(road, failure, BOOTSTRAP);
  const { reason, message } = failure;
  if (verdict === 'Stop' || tries.retries >= BOOTSTRAP_RETRIES) {
    await report(road, { ...BOOTSTRAP, status: 'False', reason, message });
    tries.next = 'Stopped';
    return;
  }
  const told = `attempt ${tries.retries + 1} failed, the host is reset for the next: ${message}`;
  await report(road, { ...BOOTSTRAP, reason: PROGRESS_REASONS.resetting, message: told });
  road.tries = { ...tries, attempt: tries.attempt + 1, retries: tries.retries + 1, next: 'Reset' };
}

/** The remains of a failed bootstrap go, the claim stays. */
async function resetForRetry({ road, view, tries, claim }: Work): Promise<void> {
  enterPhase(road, 'Bootstrap');
  const { attempt } = tries;
  const errand = { claim, verb: 'reset', attempt, keepClaim: true, condition: BOOTSTRAP, mustLeave } as const;
  const outcome = await orderHost(road, { ...errand, reason: PROGRESS_REASONS.resetting }, view);
  if (outcome.kind === 'Left') return;
  if (outcome.kind === 'Failed') {
    if (decideFailure('reset', outcome.failure) === 'Later') tries.attempt += 1;
    return waitOutFailure(road, outcome.failure, BOOTSTRAP);
  }
  road.failures = 0;
  tries.next = 'Install';
}

/** Nothing to do until the cluster shows what we wrote, or a person acts. */
async function rest(road: MachineRoad, view: MachineView, tries: Tries): Promise<void> {
  await setMoveBlocked(road, false);
  if (tries.next === 'Stopped') {
    tries.stopSeen ||= view.bootstrapFailed;
    const message = 'bootstrap failed for good: replace the Machine, or annotate the ByoMachine for another try';
    await waitForNews(road, { reason: 'BootstrapFailed', message });
    return;
  }
  const asked = await waitForNews(road, {
    reason: 'BootstrapSucceeded',
    message: 'joined; not seen in the cluster yet',
  });
  if (asked) return;
  // Nobody says it: perhaps what we wrote was lost. The host answers a second join from its journal.
  tries.next = 'Join';
  road.reported.clear();
}

function mustLeave(view: MachineView): boolean {
  return view.deleting;
}
