// What the cluster activities are handed by the composition root.
import type { Kube } from '../../common/kube/client.ts';
import type { KeyPair } from '../../common/keys/sealing.ts';
import type { HintsOf } from './observe/find-hosts.ts';

/**
 * `management` is the UID of kube-system; `clock` is the machine's own unless a test gives another; `patienceMs`: how long a
 * report of the host is waited for that gives a right; `hintsOf`: which hosts may be a machine's. Without it each look reads
 * them all.
 */
export type ClusterDependencies = {
  kube: Kube;
  signingKey: Pick<KeyPair, 'privateJwk'>;
  management: string;
  hintsOf?: HintsOf;
  clock?: () => Date;
  patienceMs?: number;
};
