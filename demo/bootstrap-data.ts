// What a machine was told to do by Cluster API's bootstrap provider, and when that was ready.
import { z } from 'zod';
import type { Instance } from '../lab/index.ts';
import { CLUSTER } from './cluster.ts';
import { kubectlOf } from './kubectl.ts';

const BootstrapMachine = z.object({
  spec: z.object({ bootstrap: z.object({ dataSecretName: z.string() }) }),
});
const BootstrapSecret = z.object({
  metadata: z.object({ creationTimestamp: z.string() }),
  data: z.object({ value: z.string(), format: z.string().optional() }),
});

/** `readyAt` is to the second, and never later than it was. */
export type BootstrapData = { document: Buffer; format: string | undefined; readyAt: Date };

/** Reads the bootstrap data of a Machine; a secret, for memory only. */
export async function readBootstrapData(instance: Instance, machine: string): Promise<BootstrapData> {
  const kubectl = kubectlOf(instance);
  const { spec } = BootstrapMachine.parse(await kubectl.get(['-n', CLUSTER.namespace, 'machine', machine]));
  const secret = await kubectl.get(['-n', CLUSTER.namespace, 'secret', spec.bootstrap.dataSecretName]);
  const { metadata, data } = BootstrapSecret.parse(secret);
  return {
    document: Buffer.from(data.value, 'base64'),
    format: data.format && Buffer.from(data.format, 'base64').toString('utf8'),
    readyAt: new Date(metadata.creationTimestamp),
  };
}
