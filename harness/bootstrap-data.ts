// What a machine was told to do by Cluster API's bootstrap provider, and when that was ready.
import { z } from 'zod';
import type { Machine } from '../api/cluster-api.ts';
import { startInformer, type Change } from '../common/kube/informer.ts';
import { MACHINES } from '../common/kube/resources.ts';
import { createLogger } from '../common/log.ts';
import type { Instance } from '../lab/index.ts';
import { CLUSTER } from './cluster.ts';
import { kubectlOf } from './kubectl.ts';
import { kubeOf } from './machines.ts';

const BootstrapMachine = z.object({
  spec: z.object({ bootstrap: z.object({ dataSecretName: z.string() }) }),
});
const BootstrapSecret = z.object({
  data: z.object({ value: z.string(), format: z.string().optional() }),
});

export type BootstrapData = { document: Buffer; format: string | undefined };

/** Reads the bootstrap data of a Machine; a secret, for memory only. */
export async function readBootstrapData(instance: Instance, machine: string): Promise<BootstrapData> {
  const kubectl = kubectlOf(instance);
  const { spec } = BootstrapMachine.parse(await kubectl.get(['-n', CLUSTER.namespace, 'machine', machine]));
  const secret = await kubectl.get(['-n', CLUSTER.namespace, 'secret', spec.bootstrap.dataSecretName]);
  const { data } = BootstrapSecret.parse(secret);
  return {
    document: Buffer.from(data.value, 'base64'),
    format: data.format && Buffer.from(data.format, 'base64').toString('utf8'),
  };
}

/** `readyAt`: when a Machine's bootstrap data was there, by the contract's sign, `spec.bootstrap.dataSecretName`. */
export type BootstrapWatch = { readyAt(machine: string): Date; stop(): void };

/** Sees the sign within milliseconds; the times that Kubernetes writes down are to the second. */
export async function watchBootstrapData(instance: Instance): Promise<BootstrapWatch> {
  const seen = new Map<string, Date>();
  const onChange = ({ after }: Change<Machine>): void => {
    if (!after?.spec.bootstrap.dataSecretName || seen.has(after.metadata.name)) return;
    seen.set(after.metadata.name, new Date());
  };
  const options = { namespace: CLUSTER.namespace, log: createLogger('demo', 'silent'), onChange };
  const informer = startInformer(kubeOf(instance), MACHINES, options);
  await informer.synced;
  return {
    readyAt(machine) {
      const at = seen.get(machine);
      if (!at) throw new Error(`no bootstrap data was seen for machine ${machine}`);
      return at;
    },
    stop: informer.stop,
  };
}
