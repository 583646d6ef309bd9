// ByoHostEnrollment: says how many have used it, and whether it is still open.
import type { ByoHost } from '../../api/byo-host.ts';
import type { ByoHostEnrollment } from '../../api/byo-host-enrollment.ts';
import { ENROLLMENT_CONDITIONS } from '../../api/conditions.ts';
import { ENROLLMENT_SECRET_TYPE, enrollmentSecretOf, FIELD_MANAGERS } from '../../api/names.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOST_ENROLLMENTS, BYO_HOSTS, SECRETS, type ObjectKey } from '../../common/kube/resources.ts';
import { applyStatus, type StatusWriter } from '../runtime/apply-status.ts';
import { macKeyOf } from './decide-enrollment.ts';
import { decideOpen, type OpenSituation } from './decide-open.ts';
import type { Result } from '../runtime/queue.ts';

const WRITER: StatusWriter = {
  manager: FIELD_MANAGERS.enrollment,
  fields: ['used'],
  conditions: Object.values(ENROLLMENT_CONDITIONS),
};

/** Reconciles one ByoHostEnrollment. */
export function createEnrollmentReconciler({ kube }: { kube: Kube }): (key: ObjectKey) => Promise<Result> {
  return async (key) => {
    const enrollment = await kube.find(BYO_HOST_ENROLLMENTS, key);
    if (!enrollment) return {};
    const secret = await lookAtSecret(kube, enrollment);
    const replaced = await findReplaced(kube, enrollment);
    const { status, againInMs } = decideOpen({ enrollment, secret, replaced, now: new Date() });
    await applyStatus({ kube, resource: BYO_HOST_ENROLLMENTS, object: enrollment }, WRITER, status);
    return againInMs === undefined ? {} : { againInMs };
  };
}

async function lookAtSecret(kube: Kube, { metadata }: ByoHostEnrollment): Promise<OpenSituation['secret']> {
  const { namespace, name } = metadata;
  const secret = await kube.find(SECRETS, { namespace, name: enrollmentSecretOf(name) });
  if (!secret) return 'missing';
  return secret.type === ENROLLMENT_SECRET_TYPE && macKeyOf(secret) ? 'good' : 'unusable';
}

async function findReplaced(kube: Kube, { metadata, spec }: ByoHostEnrollment): Promise<ByoHost | undefined> {
  const { replaceHost: name } = spec;
  return name === undefined ? undefined : kube.find(BYO_HOSTS, { namespace: metadata.namespace, name });
}
