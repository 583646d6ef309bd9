// The next step on the way back: drain, reset, delete the Node, release. The object stays until the host is clean.
import type { HostView, MachineClaim, MachineView, Waiting } from '../api/activities.ts';
import { attemptOf } from '../api/steps.ts';

/** What a teardown run has done. `attempt` names the reset: one that failed has ended, the next is another operation. */
export type Undone = { drained: boolean; reset: boolean; nodeDeleted: boolean; attempt: number };

export type TeardownStep =
  | { kind: 'Drain' | 'Reset' | 'DeleteNode'; claim: MachineClaim }
  /** Nothing of a re-imaged host is reset. */
  | { kind: 'Forget'; claim: MachineClaim }
  | { kind: 'Wait'; waiting: Waiting }
  | { kind: 'Release'; claim?: MachineClaim };

/** Undone as a run finds it: a host whose final reset has begun has no node left to drain. */
export function decideUndone(view: MachineView): Undone {
  const attempt = attemptOfReset(view);
  return { drained: attempt !== undefined, reset: false, nodeDeleted: false, attempt: attempt ?? 0 };
}

/** The attempt of the final reset that the host last told of; undefined when none has begun. */
export function attemptOfReset({ hostOperation }: HostView): number | undefined {
  const operation = hostOperation?.operation ?? '';
  return /^reset(#\d+)?$/.test(operation) ? attemptOf(operation) : undefined;
}

/** Core has emptied a machine of a cluster that goes as a whole, and its API is going: no drain, no Node to delete. */
export function decideTeardownStep(view: MachineView, undone: Undone): TeardownStep {
  const { claim } = view;
  if (!claim) return { kind: 'Release' };
  if (!undone.drained && view.bootstrapped && !view.clusterDeleting) return { kind: 'Drain', claim };
  if (!undone.reset) return view.lost ? decideLostStep(view.lost, claim) : { kind: 'Reset', claim };
  if (!undone.nodeDeleted && view.prepared && !view.clusterDeleting) return { kind: 'DeleteNode', claim };
  return { kind: 'Release', claim };
}

function decideLostStep({ waiting }: NonNullable<MachineView['lost']>, claim: MachineClaim): TeardownStep {
  return waiting ? { kind: 'Wait', waiting } : { kind: 'Forget', claim };
}
