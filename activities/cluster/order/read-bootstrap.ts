// The bootstrap document, read at the moment of joining: it lives in this process only until it is sealed.
import type { Machine } from '../../../api/cluster-api.ts';
import { WAIT_REASONS } from '../../../api/conditions.ts';
import { ANNOTATIONS } from '../../../api/names.ts';
import { MAX_DOCUMENT } from '../../../api/orders.ts';
import type { Reason } from '../../../api/reasons/reason.ts';
import { ByoError } from '../../../common/errors.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { SECRETS, type Secret } from '../../../common/kube/resources.ts';
import { decideSecretRefusal, type SecretOwner } from './cluster-secret.ts';

/** `document` is base64, as the Secret stores it. */
export type Bootstrap = { format: string; document: string };

/** Contract, "bootstrap secret": the keys `value` and `format`. */
const DEFAULT_FORMAT = 'cloud-config';

/**
 * The document of the Machine, or what is still missing. Throws ByoError BootstrapDataInvalid for a Secret that is not its
 * cluster's, and for another format.
 */
export async function readBootstrap(kube: Kube, owner: Machine | undefined): Promise<Bootstrap | { waiting: Reason }> {
  const name = owner?.spec.bootstrap.dataSecretName;
  if (!owner || !name) return waitForData('the bootstrap provider has not made the bootstrap data yet');
  const secret = await kube.find(SECRETS, { namespace: owner.metadata.namespace, name });
  if (!secret) return waitForData(`Secret ${name}, named by Machine ${owner.metadata.name}, is not found`);
  return decideBootstrap(secret, { namespace: owner.metadata.namespace, clusterName: owner.spec.clusterName });
}

/** Pure: a Secret that is not this cluster's bootstrap data is never sent to a host. */
export function decideBootstrap(secret: Secret, owner: SecretOwner): Bootstrap | { waiting: Reason } {
  const { name } = secret.metadata;
  const refusal = decideSecretRefusal(secret, owner);
  if (refusal) {
    throw new ByoError('BootstrapDataInvalid', refusal, {
      remedy:
        'Let a bootstrap provider make the data, or give the Secret that type and label; then ask for another try with ' +
        `the annotation ${ANNOTATIONS.retryBootstrap}`,
      retryable: false,
    });
  }
  const document = secret.data.value;
  if (!document) return waitForData(`Secret ${name} has no key "value"`);
  refuseTooLarge(name, document);
  const format = secret.data.format
    ? Buffer.from(secret.data.format, 'base64').toString('utf8').trim()
    : DEFAULT_FORMAT;
  if (format === DEFAULT_FORMAT) return { format, document };
  throw new ByoError('BootstrapDataInvalid', `the bootstrap data of ${name} is not cloud-config`, {
    remedy: 'Set the format of the KubeadmConfig to cloud-config, the only one that hosts execute',
    retryable: false,
  });
}

/** A Secret may hold more than one order can carry. */
function refuseTooLarge(name: string, document: string): void {
  if (document.length <= MAX_DOCUMENT) return;
  const [size, most] = [document.length, MAX_DOCUMENT].map((length) => Math.floor((length / 4) * 3));
  throw new ByoError('BootstrapDataInvalid', `the bootstrap data of ${name} has ${size} bytes, of at most ${most}`, {
    remedy: 'Give large files a compressed encoding (gzip+base64), or let a command fetch them',
    retryable: false,
  });
}

function waitForData(message: string): { waiting: Reason } {
  return { waiting: { reason: WAIT_REASONS.waitingForBootstrapData, message } };
}
