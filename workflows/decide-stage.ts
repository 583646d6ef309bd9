// Which of the three runs of a machine's life what was seen belongs to.
import type { ByoMachineInput, MachineView } from '../api/activities.ts';

/** One run each (continue-as-new between them): a trace stays whole where one looks for it. */
export type Stage = NonNullable<ByoMachineInput['phase']>;

/** Deletion wins over everything; being bootstrapped is taken from the cluster, never from memory. */
export function decideStage(view: MachineView): Stage {
  if (view.deleting) return 'Teardown';
  return view.bootstrapped ? 'Ready' : 'Provision';
}
