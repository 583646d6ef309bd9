// The answer to an enrollment or a renewal: who the host is, its certificate, and whom to trust; signed by the CA key.
import type { ByoHost } from '../../api/byo-host.ts';
import { signAnswer } from '../../common/enrollment/messages.ts';
import { sealingKeyOf } from '../../common/claim/host-rules.ts';
import type { PublicJwk } from '../../common/keys/jwk.ts';
import type { Kube } from '../../common/kube/client.ts';
import { issueHostCertificate } from '../../common/pki/issue.ts';
import type { InstalledAuthorities } from './ensure-authority.ts';

export type EnrollmentDependencies = {
  kube: Kube;
  authorities: InstalledAuthorities;
  /** Public keys that may sign orders: current and next. */
  signers: readonly PublicJwk[];
  clock: () => Date;
  /** Hosts whose `spec.hostID` is this one, as last heard of. */
  findHosts: (hostID: string) => readonly ByoHost[];
  /** The one namespace that this controller watches; all when left out. */
  namespace?: string | undefined;
  /** Runs what bears the same key one after another. */
  oneByOne: <T>(key: string, run: () => Promise<T>) => Promise<T>;
};

/** Issues the certificate for a key that is pinned in `host`, which the caller has made sure of. */
export async function answer(
  { authorities, signers, clock }: EnrollmentDependencies,
  { host, tlsKey, requestHash }: { host: ByoHost; tlsKey: PublicJwk; requestHash: string },
): Promise<string> {
  const { hostID } = host.spec;
  const { namespace, name } = host.metadata;
  const { installation } = authorities;
  const sealingKey = sealingKeyOf(host)?.id;
  const certificate = await issueHostCertificate(authorities.current, { installation, hostID, tlsKey, now: clock() });
  return signAnswer(
    {
      requestHash,
      management: installation,
      hostID,
      namespace,
      name,
      certificate,
      authorities: [...authorities.certificates],
      signers: [...signers],
      ...(sealingKey !== undefined && { sealingKey }),
    },
    authorities.current.signingKey,
  );
}
