// What is true of a machine that has come so far, in words that never vary: whoever says it again writes nothing.
import type { MachineClaim } from './activities.ts';
import { MACHINE_CONDITIONS, PROGRESS_REASONS, type ConditionUpdate } from './conditions.ts';

/** A host is held for the machine. */
export function claimed({ hostName, generation }: MachineClaim): ConditionUpdate {
  const message = `${hostName} is claimed, generation ${generation}`;
  return { type: MACHINE_CONDITIONS.hostClaimed, status: 'True', reason: PROGRESS_REASONS.hostClaimed, message };
}

/** Everything that kubeadm needs is on the host. */
export function prepared({ hostName }: MachineClaim): ConditionUpdate {
  const message = `${hostName} is installed`;
  return { type: MACHINE_CONDITIONS.hostPrepared, status: 'True', reason: PROGRESS_REASONS.prepared, message };
}

/** The bootstrap document was executed to its end. */
export function bootstrapped({ hostName }: MachineClaim): ConditionUpdate {
  const message = `${hostName} has joined its cluster`;
  return {
    type: MACHINE_CONDITIONS.bootstrapSucceeded,
    status: 'True',
    reason: PROGRESS_REASONS.bootstrapped,
    message,
  };
}
