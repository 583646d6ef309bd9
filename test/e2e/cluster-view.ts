// What the management plane and the new cluster say, read with kubectl.
import { join } from 'node:path';
import { z } from 'zod';
import { ObjectMeta } from '../../api/meta.ts';
import { CLUSTER } from '../../harness/cluster.ts';
import { kubectlOf } from '../../harness/kubectl.ts';
import type { Instance } from '../../lab/index.ts';

const AnyObject = z.object({
  metadata: ObjectMeta,
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }).optional(),
});

/** The fields of a Machine that the tests look at. */
export const ClusterApiMachine = z.object({
  metadata: ObjectMeta,
  spec: z.object({ providerID: z.string() }),
  status: z.object({ phase: z.string() }),
});

/** All objects of a kind in the cluster's namespace. */
export async function getAllAs<T extends z.ZodType>(
  instance: Instance,
  kind: string,
  schema: T,
): Promise<z.infer<T>[]> {
  const list = await kubectlOf(instance).get(['-n', CLUSTER.namespace, kind]);
  return z.object({ items: z.array(schema) }).parse(list).items;
}

/** All objects of a kind, of which only metadata and conditions matter. */
export async function getAll(instance: Instance, kind: string): Promise<z.infer<typeof AnyObject>[]> {
  return getAllAs(instance, kind, AnyObject);
}

/** One object of the cluster's namespace. */
export async function getOne(instance: Instance, kind: string, name: string): Promise<z.infer<typeof AnyObject>> {
  return AnyObject.parse(await kubectlOf(instance).get(['-n', CLUSTER.namespace, kind, name]));
}

/** Status of one condition, or undefined while it is not there. */
export async function conditionOf(
  instance: Instance,
  kind: string,
  name: string,
  type: string,
): Promise<string | undefined> {
  const { status } = await getOne(instance, kind, name);
  return status?.conditions.find((condition) => condition.type === type)?.status;
}

/** kubectl against the new cluster. */
export async function workload(instance: Instance, args: string[], input?: string): Promise<string> {
  return kubectlOf(instance, join(instance.dir, `${CLUSTER.name}.kubeconfig`)).run(args, input);
}
