// Renewal: the pinned TLS key is the proof, so that a host whose certificate ended long ago comes back by itself. No clock
// is asked: a request that was recorded gives nobody more than a certificate for the key that is pinned, which only the
// host has.
import type { ByoHost } from '../../api/byo-host.ts';
import type { RenewRequest } from '../../api/gateway.ts';
import { openRenewRequest } from '../../common/enrollment/messages.ts';
import { BYO_HOSTS } from '../../common/kube/resources.ts';
import { answer, type EnrollmentDependencies } from './answer.ts';
import { isPinned, refuse, type Refused } from './decide-enrollment.ts';
import { Refusal } from './refusal.ts';
import { rollSealingKey } from './roll-sealing-key.ts';

/** Answers a request (compact JWS) with an answer of the same form. @throws Refusal, or trouble with the API server */
export async function renew(deps: EnrollmentDependencies, request: string): Promise<string> {
  const { payload, tlsKey, requestHash } = await openRenewRequest(request);
  const hosts = deps.findHosts(payload.hostID);
  // What was heard finds the host; what is pinned is read afresh, or a revoked key would live on in a cache.
  const host = hosts.length === 1 ? await readAgain(deps, hosts[0]) : undefined;
  const refused = decideRenewal({ host, payload, tlsKey: tlsKey.kid });
  if (refused || !host) throw new Refusal(refused?.why ?? 'the host is not known');
  return answer(deps, { host: await rollSealingKey(deps.kube, host, payload.sealing), tlsKey, requestHash });
}

async function readAgain({ kube }: EnrollmentDependencies, host: ByoHost | undefined): Promise<ByoHost | undefined> {
  return host && kube.find(BYO_HOSTS, { namespace: host.metadata.namespace, name: host.metadata.name });
}

/** Pure; undefined when the renewal is granted. */
function decideRenewal(situation: {
  host: ByoHost | undefined;
  payload: RenewRequest;
  tlsKey: string;
}): Refused | undefined {
  const { host, payload, tlsKey } = situation;
  if (host?.spec.hostID !== payload.hostID) return refuse('no one host has this host id');
  return isPinned(host, tlsKey) ? undefined : refuse('the key is not pinned: revoked, replaced, or another host');
}
