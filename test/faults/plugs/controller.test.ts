// kill -9 of the controller at every write to the API server, once each in a life: before it, when what was decided is not
// written yet, and after it, when what is written is not known to anybody.
import { expect, test } from 'vitest';
import { takeSnapshot } from '../../../harness/host-snapshot.ts';
import { armController } from '../controller-writes/armed-controller.ts';
import { openBench } from './bench.ts';
import { listDifferences } from './host-differences.ts';
import { say } from './one-node.ts';
import { clearTwoNodes, liveAsTwoNodes, type TwoBenches } from './two-nodes.ts';

const timeout = 30 * 60_000;

/** What a life cannot do without: a point that is never met would make the test easier than it says. */
const MUST_MEET = [
  /PATCH byohosts\/host1 \S+ spec\.claim\./,
  /PATCH byohosts\/host2 \S+ spec\.claim=null/,
  /PATCH byomachines\/\S+ \S+ spec\.providerID/,
  /PATCH byomachines\/\S+ \S+ metadata\.finalizers/,
  /PATCH byomachines\/\S+\/status .*BootstrapSucceeded=True/,
  /PATCH byomachines\/\S+\/status .*HostReset=/,
];

test.each(['before', 'after'])(
  'killed %s every write, a control plane and a worker live from claim to free',
  { timeout },
  async (when) => {
    const name = `writes-${when}`;
    const benches: TwoBenches = { control: await openBench('host1'), worker: await openBench('host2') };
    const { instance } = benches.control;
    await clearTwoNodes(name, benches);
    const hosts = await Promise.all(
      Object.values(benches).map(async ({ host }) => ({ host, before: await takeSnapshot(host) })),
    );
    const armed = await armController(instance, new RegExp(`^${when} `));
    const points = await liveAsTwoNodes(name, benches).then(
      () => armed.disarm(),
      async (error: unknown) => {
        say((await armed.disarm()).join('\n'));
        throw error;
      },
    );
    say(`  the controller was killed ${points.length} times, ${when} as many different writes`);
    for (const { host, before } of hosts) expect(await listDifferences(before, host)).toEqual([]);
    for (const write of MUST_MEET) expect(points).toContainEqual(expect.stringMatching(write));
  },
);
