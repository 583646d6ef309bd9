// Who else speaks to the API server: tenants, Cluster API's manager, the gateway; each with its own rights and no more.
import { z } from 'zod';
import { GROUP, SYSTEM_NAMESPACE } from '../../../api/names.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { connect } from '../../../common/kube/connect.ts';
import { KubeError } from '../../../common/kube/errors.ts';
import { pathOf, type ObjectKey, type Resource } from '../../../common/kube/resources.ts';
import { admin } from './fixtures.ts';

const kubeconfig = process.env.BYO_TEST_KUBECONFIG ?? '';
const RBAC = 'rbac.authorization.k8s.io/v1';

/** A kind by name, for objects of which a test reads nothing. */
export function kindOf(apiVersion: string, kind: string, plural: string): Resource<unknown> {
  return { apiVersion, kind, plural, schema: z.unknown() };
}

const ROLES = kindOf(RBAC, 'Role', 'roles');
const ROLE_BINDINGS = kindOf(RBAC, 'RoleBinding', 'rolebindings');

const userNamed = (as: string): Kube => connect({ kubeconfig, as });
export const gateway = () => userNamed(`system:serviceaccount:${SYSTEM_NAMESPACE}:byo-gateway`);

/** Whoever administers `namespace`, by the ClusterRole of deploy/rbac.yaml. */
export async function tenantOf(namespace: string, role = 'byo-edit'): Promise<Kube> {
  await bind(namespace, { kind: 'ClusterRole', name: role }, `${role}-of-${namespace}`);
  return userNamed(`${role}-of-${namespace}`);
}

/** May write our kinds and their statuses in `namespace`, by rules of its own, but is not the controller. */
export async function writerOf(namespace: string): Promise<Kube> {
  const resources = ['byohosts', 'byohosts/status', 'byomachines', 'byohostenrollments'];
  const rules = [{ apiGroups: [GROUP], resources, verbs: ['get', 'create', 'update', 'patch'] }];
  await admin.create(ROLES, { metadata: { namespace, name: 'writer' }, rules }, namespace);
  await bind(namespace, { kind: 'Role', name: 'writer' }, `writer-of-${namespace}`);
  return userNamed(`writer-of-${namespace}`);
}

async function bind(namespace: string, role: { kind: string; name: string }, user: string): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  const body = {
    metadata: { namespace, name: user },
    roleRef: { apiGroup, ...role },
    subjects: [{ apiGroup, kind: 'User', name: user }],
  };
  await admin.create(ROLE_BINDINGS, body, namespace);
}

/** What the API server said against it; throws when it was not refused, or could not be asked. */
export async function refusalOf(answer: Promise<unknown>): Promise<string> {
  const error = await answer.then(
    () => new Error('it was allowed'),
    (refusal: unknown) => refusal,
  );
  if (error instanceof KubeError && [403, 422].includes(error.status)) return error.message;
  throw error;
}

/** A merge patch of which nothing is stored. */
export function dryRun(kube: Kube, resource: Resource<unknown>, key: ObjectKey, body: unknown): Promise<unknown> {
  const contentType = 'application/merge-patch+json';
  const query = { dryRun: 'All' };
  return kube.transport.request({ method: 'PATCH', path: pathOf(resource, key), query, body, contentType });
}
