// A second cluster, of one node, on a host that the first one has given back; and how long our part of making it took.
import type { LabBundle } from '../lab/bundle.ts';
import type { Instance } from '../lab/index.ts';
import { readBootstrapData, watchBootstrapData, type BootstrapData } from '../harness/bootstrap-data.ts';
import { applyCluster } from '../harness/cluster.ts';
import { findActivity } from './histories.ts';
import type { Stages } from './stages.ts';
import { controlPlaneHost } from './up.ts';
import { NotTrue } from '../harness/watch-until.ts';
import { watchUntilReady } from '../harness/watch.ts';

/** As the report tells it; `seconds` from kubectl apply to a Ready node. */
export type SecondCluster = { name: string; ready: boolean; node: string; seconds: number };

/** `seconds`: from "bootstrap data present and host claimed" until kubeadm had returned. */
export type OurPart = { data: BootstrapData; seconds: number };

const NAME = 'second';
/** Each look runs kubectl several times, which takes from what is measured. */
const PAUSE_MS = 5000;

/** Makes the cluster and waits for its node. The host works for nothing else meanwhile. */
export async function makeSecondCluster(o: {
  instance: Instance;
  bundle: LabBundle;
  stages: Stages;
  say: (line: string) => void;
}): Promise<{ cluster: SecondCluster; ours: OurPart }> {
  const { instance, bundle, stages, say } = o;
  const host = controlPlaneHost(instance);
  const watch = await watchBootstrapData(instance);
  const [node] = await stages
    .run('second', `a second cluster of one node, on ${host.name}`, async () => {
      await applyCluster(instance, bundle, { name: NAME, endpoint: host.address, workers: 0 });
      const wish = { instance, cluster: NAME, count: 1, timeoutMinutes: 10, pauseMs: PAUSE_MS };
      return (await watchUntilReady({ ...wish, onLine: say, onReady: () => {} })).nodes;
    })
    .finally(() => watch.stop());
  if (node?.host !== host.name) throw new NotTrue(instance, `the second cluster's node is not on ${host.name}`);
  const cluster = { name: NAME, ready: node.ready, node: node.name, seconds: stages.seconds.second ?? 0 };
  return { cluster, ours: await measureOurPart(instance, node.machine, watch.readyAt(node.machine)) };
}

async function measureOurPart(instance: Instance, machine: string, readyAt: Date): Promise<OurPart> {
  const data = await readBootstrapData(instance, machine);
  const claimed = await findActivity(instance, machine, 'claimHost');
  const joined = await findActivity(instance, machine, 'join');
  const begin = Math.max(readyAt.getTime(), claimed.getTime());
  return { data, seconds: Math.round((joined.getTime() - begin) / 100) / 10 };
}
