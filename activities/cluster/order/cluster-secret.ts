// Which Secrets may be used for a cluster at all: one that merely bears the expected name may be anybody's.
import { CLUSTER_API_GROUP, LABELS } from '../../../api/names.ts';
import type { Secret } from '../../../common/kube/resources.ts';

/** Contract, "bootstrap secret" and "kubeconfig secret": type and label that Cluster API puts on all of its Secrets. */
const SECRET_TYPE = `${CLUSTER_API_GROUP}/secret`;

/** Whose Secret is meant. */
export type SecretOwner = { namespace: string; clusterName: string };

/**
 * Pure: why `secret` is not one of this cluster's, or undefined. Without this, whoever may name a Secret would have it
 * read by the controller, which may read them all, and sent to a host of his.
 */
export function decideSecretRefusal(secret: Secret, { namespace, clusterName }: SecretOwner): string | undefined {
  const { name, labels } = secret.metadata;
  if (secret.metadata.namespace !== namespace) return `Secret ${name} is not of namespace ${namespace}`;
  if (secret.type !== SECRET_TYPE) {
    return `Secret ${name} is of type ${secret.type ?? 'Opaque'}; only ${SECRET_TYPE} is used`;
  }
  if (labels[LABELS.clusterName] === clusterName) return undefined;
  return `Secret ${name} does not carry the label ${LABELS.clusterName}=${clusterName}`;
}
