// The ByoHost of an admitted host: made once, or its keys replaced once; never brought back when somebody removed it.
import type { ByoHost } from '../../api/byo-host.ts';
import type { Admitted, ByoHostEnrollment } from '../../api/byo-host-enrollment.ts';
import { FIELD_MANAGERS } from '../../api/names.ts';
import type { PublicJwk } from '../../common/keys/jwk.ts';
import { isAlreadyExists, KubeError } from '../../common/kube/errors.ts';
import { BYO_HOSTS } from '../../common/kube/resources.ts';
import { writeAdmitted, type Asked } from './grant.ts';
import type { EnrollmentDependencies } from './answer.ts';
import { decideHostOf } from './decide-enrollment.ts';
import { Refusal } from './refusal.ts';

export type Admission = { enrollment: ByoHostEnrollment; admitted: Admitted; asked: Asked };

/** @throws Refusal; Conflict when somebody wrote meanwhile: then all is read and decided again */
export async function ensureHost(deps: EnrollmentDependencies, admission: Admission): Promise<ByoHost> {
  const { enrollment, admitted } = admission;
  const key = { namespace: enrollment.metadata.namespace, name: admitted.name };
  const host = await deps.kube.find(BYO_HOSTS, key);
  const decision = decideHostOf({ host, admitted, spec: enrollment.spec });
  switch (decision.kind) {
    case 'Refuse':
      throw new Refusal(decision.why, decision.told);
    case 'Rename':
      return rename(deps, admission);
    case 'Create':
      return markRegistered(deps, admission, await createHost(deps, admission));
    case 'Replace':
      return markRegistered(deps, admission, await replaceKeys(deps, host, admission));
    case 'Sign':
      return markRegistered(deps, admission, host);
    default:
      return decision satisfies never;
  }
}

async function createHost({ kube }: EnrollmentDependencies, { enrollment, admitted, asked }: Admission) {
  const { metadata, spec } = enrollment;
  const { namespace } = metadata;
  const labels = spec.labels ?? {};
  const { failureDomain } = spec;
  const body = {
    metadata: { namespace, name: admitted.name, labels },
    spec: {
      hostID: admitted.hostID,
      enrollment: metadata.name,
      keys: keysOf(asked),
      ...(failureDomain && { failureDomain }),
    },
  };
  try {
    return await kube.create(BYO_HOSTS, body, namespace);
  } catch (error) {
    // Either we were here before, or somebody else has the name: both are seen by looking again.
    if (isAlreadyExists(error)) throw new KubeError(409, 'Conflict', 'the ByoHost exists already', error);
    throw error;
  }
}

/** One write: with the new keys in place and the claim not marked lost, a new machine would pass for the old one. */
async function replaceKeys(
  { kube }: EnrollmentDependencies,
  host: ByoHost | undefined,
  { enrollment, asked }: Admission,
): Promise<ByoHost> {
  if (!host) throw new Refusal('the ByoHost to replace is gone');
  const { namespace, name, resourceVersion } = host.metadata;
  const { labels, failureDomain } = enrollment.spec;
  const body = {
    ...(labels && { metadata: { labels } }),
    spec: {
      keys: keysOf(asked),
      enrollment: enrollment.metadata.name,
      ...(failureDomain && { failureDomain }),
      ...(host.spec.claim && { claim: { lost: true } }),
    },
  };
  return kube.patch(BYO_HOSTS, { namespace, name }, { manager: FIELD_MANAGERS.enrollment, body, resourceVersion });
}

async function markRegistered(
  deps: EnrollmentDependencies,
  { enrollment, admitted }: Admission,
  host: ByoHost | undefined,
): Promise<ByoHost> {
  if (!host) throw new Refusal('the ByoHost is gone');
  if (!admitted.registered) await writeAdmitted(deps, enrollment, { ...admitted, registered: true });
  return host;
}

/** The whole host id in the name cannot be taken by chance; whoever takes it on purpose keeps it. */
async function rename(deps: EnrollmentDependencies, admission: Admission): Promise<ByoHost> {
  const { admitted, enrollment } = admission;
  if (admitted.name.endsWith(admitted.hostID)) throw new Refusal(`the name ${admitted.name} is taken`);
  const renamed = { ...admitted, name: `${admitted.name.slice(0, 50)}-${admitted.hostID}` };
  const written = await writeAdmitted(deps, enrollment, renamed);
  return ensureHost(deps, { ...admission, enrollment: written, admitted: renamed });
}

type Keys = NonNullable<ByoHost['spec']['keys']>;

function keysOf({ tlsKey, sealing }: Asked): Keys {
  return [pinOf('tls', tlsKey), pinOf('sealing', sealing)];
}

function pinOf(use: Keys[number]['use'], jwk: PublicJwk): Keys[number] {
  return { id: jwk.kid, use, jwk: JSON.stringify(jwk) };
}
