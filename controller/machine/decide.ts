// What a ByoMachine needs next: metadata first, then its status, then a word to its workflow.
import { ANNOTATIONS, FINALIZERS } from '../../api/names.ts';
import { isDeleting, isLeavingByMove, isPaused } from '../../common/contract.ts';
import type { StatusWish } from '../runtime/apply-status.ts';
import type { ObservedMachine } from './observe.ts';
import { machineStatus, pausedStatus } from './status.ts';

/** `Start`: start its workflow if none runs. `Tell`: only tell one that runs. */
export type Wake = 'Start' | 'Tell';

export type MachineDecision =
  | { kind: 'Nothing' }
  | { kind: 'Adopt'; finalizers: string[]; incarnation: string }
  | { kind: 'ForceRelease' }
  | { kind: 'Report'; status: StatusWish; wake: Wake };

const NOTHING: MachineDecision = { kind: 'Nothing' };

/** Pure, in the contract's order: owner, Cluster, finalizer, pause, work. */
export function decideMachine(situation: ObservedMachine): MachineDecision {
  const { machine, owner, cluster } = situation;
  if (isLeavingByMove(machine)) return NOTHING;
  if (isDeleting(machine)) return decideDeletion(situation);
  // Not found is never taken for deleted: without its owner or its Cluster a machine is left as it is.
  if (!owner || !cluster) return NOTHING;
  const { finalizers, annotations, uid } = machine.metadata;
  if (!finalizers.includes(FINALIZERS.machine) || !(ANNOTATIONS.incarnation in annotations)) {
    const incarnation = annotations[ANNOTATIONS.incarnation] ?? uid;
    const added = finalizers.includes(FINALIZERS.machine) ? finalizers : [...finalizers, FINALIZERS.machine];
    return { kind: 'Adopt', finalizers: added, incarnation };
  }
  return isPaused(machine, cluster)
    ? { kind: 'Report', status: pausedStatus(situation), wake: 'Tell' }
    : { kind: 'Report', status: machineStatus(situation), wake: 'Start' };
}

/** Also when owner and Cluster are gone already: the host still has to be given back. */
function decideDeletion(situation: ObservedMachine): MachineDecision {
  const { machine, cluster } = situation;
  if (!machine.metadata.finalizers.includes(FINALIZERS.machine)) return NOTHING;
  if (isPaused(machine, cluster)) return { kind: 'Report', status: pausedStatus(situation), wake: 'Tell' };
  if (ANNOTATIONS.forceRelease in machine.metadata.annotations) return { kind: 'ForceRelease' };
  return { kind: 'Report', status: machineStatus(situation), wake: 'Start' };
}
