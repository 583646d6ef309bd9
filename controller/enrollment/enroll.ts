// Enrollment: open the request, check the token, write the admission down, make the ByoHost, sign. Each step may run
// again: a host whose answer was lost asks anew with the same keys and gets the same identity.
import { randomUUID } from 'node:crypto';
import type { ByoHost } from '../../api/byo-host.ts';
import type { ByoHostEnrollment } from '../../api/byo-host-enrollment.ts';
import type { EnrollRequest } from '../../api/gateway.ts';
import { enrollmentSecretOf } from '../../api/names.ts';
import { openEnrollRequest, type Opened } from '../../common/enrollment/messages.ts';
import { parsePublicJwk } from '../../common/keys/jwk.ts';
import { BYO_HOST_ENROLLMENTS, BYO_HOSTS, SECRETS } from '../../common/kube/resources.ts';
import { retryOnConflict } from '../../common/kube/retry-on-conflict.ts';
import { writeAdmitted, type Asked } from './grant.ts';
import { answer, type EnrollmentDependencies } from './answer.ts';
import { decideEnrollment, decideProof } from './decide-enrollment.ts';
import { decideHostName } from './decide-name.ts';
import { ensureHost } from './ensure-host.ts';
import { Refusal } from './refusal.ts';

/** As in a token: nothing that could lead a path elsewhere. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Answers a request (compact JWS) with an answer of the same form. @throws Refusal, or trouble with the API server */
export async function enroll(deps: EnrollmentDependencies, request: string): Promise<string> {
  const opened = await openEnrollRequest(request);
  const asked = await readAsked(opened);
  if (deps.namespace !== undefined && deps.namespace !== asked.namespace) {
    throw new Refusal(`this controller watches namespace ${deps.namespace} alone`);
  }
  await checkToken(deps, asked);
  // One at a time for each enrollment: compare-and-swap decides, this only keeps the many from failing it in turn.
  const host = await deps.oneByOne(`${asked.namespace}/${asked.enrollment}`, () => admit(deps, asked));
  return answer(deps, { host, tlsKey: opened.tlsKey, requestHash: opened.requestHash });
}

async function readAsked({ payload, tlsKey }: Opened<EnrollRequest>): Promise<Asked> {
  const { namespace, enrollment } = payload;
  if (!NAMESPACE.test(namespace) || !NAME.test(enrollment)) throw new Refusal('it names no possible enrollment');
  return { ...payload, tlsKey, sealing: await parsePublicJwk(JSON.stringify(payload.sealingKey)) };
}

async function checkToken({ kube }: EnrollmentDependencies, asked: Asked): Promise<void> {
  const { namespace, enrollment, mac, tlsKey, sealing } = asked;
  const secret = await kube.find(SECRETS, { namespace, name: enrollmentSecretOf(enrollment) });
  const refused = decideProof(secret, { namespace, enrollment, tlsKey: tlsKey.kid, sealingKey: sealing.kid }, mac);
  if (refused) throw new Refusal(refused.why);
}

/** Writes the admission down before anything is made by it, and answers the ByoHost. */
function admit(deps: EnrollmentDependencies, asked: Asked): Promise<ByoHost> {
  return retryOnConflict(async () => {
    const { namespace, enrollment: name } = asked;
    const enrollment = await deps.kube.find(BYO_HOST_ENROLLMENTS, { namespace, name });
    if (!enrollment) throw new Refusal('it is not there');
    const decision = decideEnrollment(await observe(deps, enrollment, asked));
    if (decision.kind === 'Refuse') throw new Refusal(decision.why, decision.told);
    const { admitted } = decision;
    const written = decision.kind === 'Admit' ? await writeAdmitted(deps, enrollment, admitted) : enrollment;
    return ensureHost(deps, { enrollment: written, admitted, asked });
  });
}

async function observe({ kube, clock }: EnrollmentDependencies, enrollment: ByoHostEnrollment, asked: Asked) {
  const { namespace } = enrollment.metadata;
  const { replaceHost, hostName } = enrollment.spec;
  const hostID = randomUUID();
  const wish = hostName ?? asked.hostname;
  const wished = decideHostName(wish, hostID, () => false);
  const taken = await kube.find(BYO_HOSTS, { namespace, name: wished });
  return {
    enrollment,
    keys: { tlsKey: asked.tlsKey.kid, sealingKey: asked.sealing.kid },
    now: clock(),
    replaced: replaceHost === undefined ? undefined : await kube.find(BYO_HOSTS, { namespace, name: replaceHost }),
    fresh: { hostID, name: taken ? decideHostName(wish, hostID, (name) => name === wished) : wished },
  };
}
