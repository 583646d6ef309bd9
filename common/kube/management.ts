// Which management cluster this is: the UID of kube-system, as everybody in the field tells clusters apart.
import type { Kube } from './client.ts';
import { NAMESPACES } from './resources.ts';

/** UID of kube-system: part of every workflow id and of the control queue. */
export async function readManagementUid(kube: Kube): Promise<string> {
  const namespace = await kube.get(NAMESPACES, { name: 'kube-system' });
  return namespace.metadata.uid;
}
