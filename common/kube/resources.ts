// Where each kind that we read or write lives in the API, and the shape in which we read it.
import { z } from 'zod';
import { ByoCluster } from '../../api/byo-cluster.ts';
import { ByoHost, HostHolder } from '../../api/byo-host.ts';
import { ByoHostEnrollment } from '../../api/byo-host-enrollment.ts';
import { ByoMachine } from '../../api/byo-machine.ts';
import { Cluster, Machine } from '../../api/cluster-api.ts';
import { K8sInstallerConfigTemplate } from '../../api/templates.ts';
import { API_VERSION, CLUSTER_API_GROUP } from '../../api/names.ts';

/** One kind: `apiVersion` and `plural` make its path, `schema` is what a stored object must be to be used. */
export type Resource<T> = { apiVersion: string; kind: string; plural: string; schema: z.ZodType<T> };

/** Name of an object; without a namespace it is cluster-scoped. */
export type ObjectKey = { namespace?: string; name: string };

const clusterApi = `${CLUSTER_API_GROUP}/v1beta2`;

/** Who one is to the API server; whoever is logged in may ask. */
export const SELF_SUBJECT_REVIEWS: Resource<{ status: { userInfo: { username: string } } }> = {
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  schema: z.object({ status: z.object({ userInfo: z.object({ username: z.string() }) }) }),
};

export const BYO_CLUSTERS: Resource<ByoCluster> = {
  apiVersion: API_VERSION,
  kind: 'ByoCluster',
  plural: 'byoclusters',
  schema: ByoCluster,
};
export const BYO_MACHINES: Resource<ByoMachine> = {
  apiVersion: API_VERSION,
  kind: 'ByoMachine',
  plural: 'byomachines',
  schema: ByoMachine,
};
export const BYO_HOSTS: Resource<ByoHost> = {
  apiVersion: API_VERSION,
  kind: 'ByoHost',
  plural: 'byohosts',
  schema: ByoHost,
};
/** The same objects, read for nothing but whose they are. */
export const HOST_HOLDERS: Resource<HostHolder> = { ...BYO_HOSTS, schema: HostHolder };
export const BYO_HOST_ENROLLMENTS: Resource<ByoHostEnrollment> = {
  apiVersion: API_VERSION,
  kind: 'ByoHostEnrollment',
  plural: 'byohostenrollments',
  schema: ByoHostEnrollment,
};
export const INSTALLER_TEMPLATES: Resource<K8sInstallerConfigTemplate> = {
  apiVersion: API_VERSION,
  kind: 'K8sInstallerConfigTemplate',
  plural: 'k8sinstallerconfigtemplates',
  schema: K8sInstallerConfigTemplate,
};
export const CLUSTERS: Resource<Cluster> = {
  apiVersion: clusterApi,
  kind: 'Cluster',
  plural: 'clusters',
  schema: Cluster,
};
export const MACHINES: Resource<Machine> = {
  apiVersion: clusterApi,
  kind: 'Machine',
  plural: 'machines',
  schema: Machine,
};

const CoreMeta = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string(),
  resourceVersion: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
});

const Lease = z.object({
  metadata: CoreMeta,
  spec: z.object({ renewTime: z.string().optional(), holderIdentity: z.string().optional() }).default({}),
});
export type Lease = z.infer<typeof Lease>;
export const LEASES: Resource<Lease> = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
  schema: Lease,
};

/** `data` is base64, as stored. */
const Secret = z.object({
  metadata: CoreMeta,
  type: z.string().optional(),
  data: z.record(z.string(), z.string()).default({}),
});
export type Secret = z.infer<typeof Secret>;
export const SECRETS: Resource<Secret> = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', schema: Secret };

const ConfigMap = z.object({ metadata: CoreMeta, data: z.record(z.string(), z.string()).default({}) });
export type ConfigMap = z.infer<typeof ConfigMap>;
export const CONFIG_MAPS: Resource<ConfigMap> = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  schema: ConfigMap,
};

const Namespace = z.object({ metadata: CoreMeta });
export const NAMESPACES: Resource<z.infer<typeof Namespace>> = {
  apiVersion: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  schema: Namespace,
};

const Node = z.object({ metadata: CoreMeta, spec: z.object({ providerID: z.string().optional() }).default({}) });
export type Node = z.infer<typeof Node>;
export const NODES: Resource<Node> = { apiVersion: 'v1', kind: 'Node', plural: 'nodes', schema: Node };

/** Path of a collection, or of one object in it. */
export function pathOf(resource: { apiVersion: string; plural: string }, key: Partial<ObjectKey>): string {
  const root = resource.apiVersion.includes('/') ? `/apis/${resource.apiVersion}` : `/api/${resource.apiVersion}`;
  const scope = key.namespace === undefined ? '' : `/namespaces/${encodeURIComponent(key.namespace)}`;
  const name = key.name === undefined ? '' : `/${encodeURIComponent(key.name)}`;
  return `${root}${scope}/${resource.plural}${name}`;
}
