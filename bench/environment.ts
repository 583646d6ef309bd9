// What the benches stand on: an instance of the lab with our controller and gateway, and Cluster API's kinds without its
// controllers, since the objects are made by hand.
import { createServer } from 'node:net';
import { connect } from '../common/kube/connect.ts';
import type { Kube } from '../common/kube/client.ts';
import { kubectlOf } from '../harness/kubectl.ts';
import { startProvider, type ProgramSource } from '../harness/provider.ts';
import { startInstance, stopInstance, type Instance } from '../lab/index.ts';
import { createStandIns } from '../test/support/cluster-api-kinds.ts';
import { metricsOf, type Metrics } from './metrics.ts';
import { say } from './report.ts';

export type Ground = {
  instance: Instance;
  /** An administrator's. */
  kube: Kube;
  metrics: { controller: Metrics; gateway: Metrics };
};

const onProgress = (line: string): void => say(`  ${line}`);

/** `source`: whose programs are started; ours when left out. */
export type GroundOptions = { name: string; hosts: number; bundleDir?: string; source?: ProgramSource | undefined };

/** Brings everything up, or finds it running. */
async function startGround({ name, hosts, bundleDir, source }: GroundOptions): Promise<Ground> {
  const bundles = bundleDir === undefined ? {} : { bundleDir };
  const instance = await startInstance({ name, hosts, clusterApi: false, onProgress, ...bundles });
  const kube = connect({ kubeconfig: instance.kubeconfig });
  await makeKinds(kube, instance);
  const ports = { controller: await freePort(), gateway: await freePort() };
  await startProvider(instance, { metricsPorts: ports, ...bundles, ...(source && { source }) });
  say('  controller and gateway ready');
  const metrics = { controller: metricsOf(ports.controller), gateway: metricsOf(ports.gateway) };
  return { instance, kube, metrics };
}

/** Runs `work` on a ground and takes that down after it, unless it is to be kept. */
export async function onGround<Value>(
  options: GroundOptions & { keep?: boolean | undefined },
  work: (ground: Ground) => Promise<Value>,
): Promise<Value> {
  try {
    return await work(await startGround(options));
  } finally {
    if (!options.keep) await stopInstance(options.name, () => undefined);
  }
}

/** Stand-ins for Cluster API's kinds. */
export async function makeKinds(kube: Kube, instance: Instance): Promise<void> {
  const names = await createStandIns(kube);
  await kubectlOf(instance).run(['wait', '--for=condition=Established', '--timeout=30s', ...names]);
}

async function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
  });
  return promise;
}
