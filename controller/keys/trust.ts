// What is public of our keys, in one ConfigMap: hosts, gateways and the command line read it.
import { FIELD_MANAGERS, SYSTEM_NAMESPACE, TRUST_CONFIG_MAP } from '../../api/names.ts';
import type { Kube } from '../../common/kube/client.ts';
import { isAlreadyExists, isNotFound } from '../../common/kube/errors.ts';
import { CONFIG_MAPS, type Resource } from '../../common/kube/resources.ts';
import { retryOnConflict } from '../../common/kube/retry-on-conflict.ts';

const TRUST = { namespace: SYSTEM_NAMESPACE, name: TRUST_CONFIG_MAP };

/** Puts these keys right in the ConfigMap (undefined: absent) and leaves the others; writes only what differs. */
export function publishTrust(kube: Kube, wanted: Record<string, string | undefined>): Promise<void> {
  return retryOnConflict(async () => {
    const present = (await kube.find(CONFIG_MAPS, TRUST)) ?? (await createOnce(kube, CONFIG_MAPS, { metadata: TRUST }));
    const changed = Object.entries(wanted).filter(([key, value]) => present.data[key] !== value);
    if (changed.length === 0) return;
    const data = Object.fromEntries(changed.map(([key, value]) => [key, value ?? null]));
    const { resourceVersion } = present.metadata;
    await kube.patch(CONFIG_MAPS, TRUST, { manager: FIELD_MANAGERS.enrollment, body: { data }, resourceVersion });
  });
}

type New = Record<string, unknown> & { metadata: { namespace: string; name: string } };

/** Makes an object of our own namespace; when another controller was first, its object is the object. */
export async function createOnce<T>(kube: Kube, resource: Resource<T>, body: New): Promise<T> {
  try {
    return await kube.create(resource, body, SYSTEM_NAMESPACE);
  } catch (error) {
    if (isAlreadyExists(error)) return kube.get(resource, body.metadata);
    if (!isNotFound(error)) throw error;
    throw new Error(`namespace ${SYSTEM_NAMESPACE} is not there; apply deploy/namespace`, { cause: error });
  }
}
