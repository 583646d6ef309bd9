// A run that is about to be ended, told in a condition of its machine; the next run takes it back once it gets on.
import { retellCondition } from '../../activities/cluster/report-conditions.ts';
import { FAILURE_REASONS, MACHINE_CONDITIONS } from '../../api/conditions.ts';
import { subjectOf } from '../../api/names.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_MACHINES } from '../../common/kube/resources.ts';

/** Of a host that owes a clean-up the log alone tells: its condition is the run's own, and written again at once. */
export async function tellStuck(kube: Kube, workflowId: string, cause: string): Promise<void> {
  const subject = subjectOf(workflowId);
  if (subject?.kind !== 'machine') return;
  const machine = await kube.find(BYO_MACHINES, subject);
  if (!machine) return;
  const message = `its workflow could not go on (${cause}) and was ended; a new run starts by looking`;
  const type = MACHINE_CONDITIONS.workflowHealthy;
  const told = { type, status: 'False', reason: FAILURE_REASONS.workflowStuck, message } as const;
  await retellCondition(kube, machine, told);
}
