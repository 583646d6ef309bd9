// Stand-ins for Cluster API's kinds, where nothing of Cluster API runs.
import { z } from 'zod';
import type { Kube } from '../../common/kube/client.ts';
import { isAlreadyExists } from '../../common/kube/errors.ts';
import type { Resource } from '../../common/kube/resources.ts';

const CRDS: Resource<unknown> = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  schema: z.unknown(),
};

const KINDS = { clusters: 'Cluster', machines: 'Machine' };

/** Creates those that are not there; answers what to wait for until they are established (`kubectl wait`). */
export async function createStandIns(kube: Kube): Promise<string[]> {
  for (const [plural, kind] of Object.entries(KINDS)) {
    await kube.create(CRDS, standIn(plural, kind)).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
  }
  return Object.keys(KINDS).map((plural) => `crd/${plural}.cluster.x-k8s.io`);
}

/** Name and nothing else of one of Cluster API's kinds: whatever is written is kept. */
function standIn(plural: string, kind: string): Record<string, unknown> {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const version = { name: 'v1beta2', served: true, storage: true, schema, subresources: { status: {} } };
  const names = { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` };
  const spec = { group: 'cluster.x-k8s.io', scope: 'Namespaced', names, versions: [version] };
  return { metadata: { name: `${plural}.cluster.x-k8s.io` }, spec };
}
