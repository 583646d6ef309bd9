// Renewal: the pinned TLS key is the proof, so that a host whose certificate ended long ago comes back by itself.
import type { ByoHost } from '../../api/byo-host.ts';
import type { RenewRequest } from '../../api/gateway.ts';
import { openRenewRequest } from '../../common/enrolment/messages.ts';
import { BYO_HOSTS } from '../../common/kube/resources.ts';
import { answer, type EnrolmentDependencies } from './answer.ts';
import { isPinned, refuse, type Refused } from './decide-enrolment.ts';
import { Refusal } from './refusal.ts';

/** How far the clock of a host may be off: a recorded request is worth nothing afterwards. */
const MAX_SKEW_SECONDS = 600;

/** Answers a request (compact JWS) with an answer of the same form. @throws Refusal, or trouble with the API server */
export async function renew(deps: EnrolmentDependencies, request: string): Promise<string> {
  const { payload, tlsKey, requestHash } = await openRenewRequest(request);
  const hosts = deps.findHosts(payload.hostID);
  // What was heard finds the host; what is pinned is read afresh, or a revoked key would live on in a cache.
  const host = hosts.length === 1 ? await readAgain(deps, hosts[0]) : undefined;
  const refused = decideRenewal({ host, payload, tlsKey: tlsKey.kid, now: deps.clock() });
  if (refused || !host) throw new Refusal(refused?.why ?? 'the host is not known');
  return answer(deps, { host, tlsKey, requestHash });
}

async function readAgain({ kube }: EnrolmentDependencies, host: ByoHost | undefined): Promise<ByoHost | undefined> {
  return host && kube.find(BYO_HOSTS, { namespace: host.metadata.namespace, name: host.metadata.name });
}

/** Pure; undefined when the renewal is granted. */
export function decideRenewal(situation: {
  host: ByoHost | undefined;
  payload: RenewRequest;
  tlsKey: string;
  now: Date;
}): Refused | undefined {
  const { host, payload, tlsKey, now } = situation;
  const skew = Math.abs(now.getTime() / 1000 - payload.issuedAt);
  if (skew > MAX_SKEW_SECONDS) return refuse(`the clock of the host is off by ${Math.round(skew)} s`);
  if (host?.spec.hostID !== payload.hostID) return refuse('no one host has this host id');
  return isPinned(host, tlsKey) ? undefined : refuse('the key is not pinned: revoked, replaced, or another host');
}
