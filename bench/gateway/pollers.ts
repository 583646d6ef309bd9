// What Temporal itself knows of the pollers of the fleet.
import { Client, Connection } from '@temporalio/client';
import { hostQueueOf } from '../../api/names.ts';
import { severalAtOnce } from '../../common/several-at-once.ts';
import type { Instance } from '../../lab/index.ts';
import type { Member } from './fleet.ts';

const ACTIVITY = 2;
const AT_ONCE = 32;

/** How many of these hosts Temporal has seen poll since `since` (ms since the epoch). */
export async function countPollers(instance: Instance, members: Member[], since: number): Promise<number> {
  const connection = await Connection.connect({ address: instance.temporal.address });
  const { workflowService } = new Client({ connection });
  let found = 0;
  await severalAtOnce(members, AT_ONCE, async ({ hostID }) => {
    const asked = { namespace: 'default', taskQueue: { name: hostQueueOf(hostID) }, taskQueueType: ACTIVITY };
    const { pollers } = await workflowService.describeTaskQueue(asked);
    const seconds = pollers.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0));
    if (seconds.some((at) => at * 1000 >= since - 1000)) found += 1;
  });
  await connection.close();
  return found;
}
