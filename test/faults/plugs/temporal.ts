// The workflows of the bench as Temporal's own command line tells them.
import { z } from 'zod';
import type { Instance } from '../../../lab/index.ts';
import { runChecked } from '../../../lab/spawn.ts';
import { waitFor } from '../../../lab/wait.ts';

const Listed = z.array(z.object({ execution: z.object({ workflowId: z.string() }) }));
const History = z.object({
  events: z.array(
    z.looseObject({
      activityTaskScheduledEventAttributes: z.object({ activityType: z.object({ name: z.string() }) }).optional(),
    }),
  ),
});

const workflow = ({ parts, temporal }: Instance, args: string[]): Promise<string> =>
  runChecked([parts.binary('temporal'), 'workflow', ...args, '--address', temporal.address]);

/** Names of the ByoMachines whose workflows run and rest. */
async function listResting(instance: Instance): Promise<string[]> {
  const query = "ExecutionStatus='Running' AND ByoPhase='Ready'";
  const listed = Listed.parse(JSON.parse(await workflow(instance, ['list', '-o', 'json', '--query', query])));
  return listed.map(({ execution }) => execution.workflowId);
}

/** Waits until the workflows of these machines rest as runs that are not older than a moment; gives their ids. */
export async function waitUntilResting(instance: Instance, machines: string[]): Promise<string[]> {
  let ids: string[] = [];
  const probe = async (): Promise<string | undefined> => {
    // A Temporal that has only just begun may not know our search attributes yet.
    ids = await listResting(instance).catch(() => []);
    const missing = machines.filter((name) => !ids.some((id) => id.includes(`/${name}/`)));
    return missing.length === 0 ? undefined : `${missing.join(', ')} not at rest`;
  };
  await waitFor('workflows at rest', probe, { timeoutMs: 180_000, everyMs: 500 });
  return ids.filter((id) => machines.some((name) => id.includes(`/${name}/`)));
}

/** Ends a workflow as a person would. */
export async function terminate(instance: Instance, id: string): Promise<void> {
  await workflow(instance, ['terminate', '-w', id, '--reason', 'by hand']);
}

/** Names of the activities that the latest run of a workflow has called for, in order. */
export async function activitiesOf(instance: Instance, id: string): Promise<string[]> {
  const { events } = History.parse(JSON.parse(await workflow(instance, ['show', '-w', id, '-o', 'json'])));
  return events.flatMap(({ activityTaskScheduledEventAttributes: of }) => of?.activityType.name ?? []);
}
