// The next step from nothing to a joined node, decided from what was just seen and from how this run's tries went.
import type { MachineClaim, MachineView, Waiting } from '../api/activities.ts';
import { attemptOf } from '../api/steps.ts';

/**
 * What a run remembers between two looks; a run that is started afresh reads it back from what the host reports.
 * `next`: the step of this attempt that comes; `Joined` waits for the cluster to say so, `Stopped` for a person.
 */
export type Tries = {
  /** Of the claim that these belong to; 0 without a claim. */
  generation: number;
  attempt: number;
  next: 'Reset' | 'Install' | 'Join' | 'Joined' | 'Stopped';
  /** Whole bootstraps tried again after a failure. */
  retries: number;
  /** BootstrapSucceeded=False was seen since the stop, so that its end is news. */
  stopSeen: boolean;
};

export type ProvisionStep =
  | { kind: 'Claim' }
  | { kind: 'Wait'; condition: 'HostClaimed' | 'BootstrapSucceeded'; waiting: Waiting }
  | { kind: 'Rest' }
  | { kind: 'RetryBootstrap' }
  | { kind: 'Reset' | 'Install' | 'Join'; claim: MachineClaim };

/** Tries as a run finds them: the host's last operation names the attempt, and its journal answers what has ended. */
export function decideTries(view: MachineView): Tries {
  const operation = view.hostOperation?.operation ?? '';
  const attempt = attemptOf(operation);
  // Before the first success of install only install was tried again; after it, count strictly: rather too few tries.
  const retries = view.prepared ? attempt : 0;
  const found = { generation: view.claim?.generation ?? 0, attempt, retries, stopSeen: view.bootstrapFailed };
  if (view.bootstrapFailed) return { ...found, next: 'Stopped' };
  if (operation.startsWith('reset/keep-claim')) return { ...found, next: 'Reset' };
  return { ...found, next: view.prepared && attempt === 0 ? 'Join' : 'Install' };
}

/** Claim first; then install, while bootstrap data may still be waited for; then join. */
export function decideProvisionStep(view: MachineView, tries: Tries): ProvisionStep {
  const { claim } = view;
  if (!claim) return decideClaimStep(view);
  const { next } = tries;
  if (next === 'Reset' || next === 'Install') return { kind: next, claim };
  if (next === 'Stopped' && tries.stopSeen && !view.bootstrapFailed) return { kind: 'RetryBootstrap' };
  if (next !== 'Join') return { kind: 'Rest' };
  if (!view.bootstrapGate) return { kind: 'Join', claim };
  return { kind: 'Wait', condition: 'BootstrapSucceeded', waiting: view.bootstrapGate };
}

function decideClaimStep(view: MachineView): ProvisionStep {
  if (!view.claimGate) return { kind: 'Claim' };
  return { kind: 'Wait', condition: 'HostClaimed', waiting: view.claimGate };
}
