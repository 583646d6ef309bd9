// What is written of an admitted host, and what it asked for.
import type { Admitted, ByoHostEnrollment } from '../../api/byo-host-enrollment.ts';
import type { EnrollRequest } from '../../api/gateway.ts';
import { FIELD_MANAGERS } from '../../api/names.ts';
import type { PublicJwk } from '../../common/keys/jwk.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOST_ENROLLMENTS } from '../../common/kube/resources.ts';

/** What a request asks for, with both public keys. */
export type Asked = EnrollRequest & { tlsKey: PublicJwk; sealing: PublicJwk };

/** By compare-and-swap: of any number of requests at once, each reads what the one before has written. */
export function writeAdmitted(
  { kube }: { kube: Kube },
  { metadata, spec }: ByoHostEnrollment,
  admitted: Admitted,
): Promise<ByoHostEnrollment> {
  const { namespace, name, resourceVersion } = metadata;
  const others = (spec.admitted ?? []).filter(({ hostID }) => hostID !== admitted.hostID);
  const body = { spec: { admitted: [...others, admitted] } };
  return kube.patch(
    BYO_HOST_ENROLLMENTS,
    { namespace, name },
    { manager: FIELD_MANAGERS.enrollment, body, resourceVersion },
  );
}
