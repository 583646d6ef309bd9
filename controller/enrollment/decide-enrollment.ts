// Who is admitted, as whom. Pure: the token is checked first, then what the enrollment still allows.
import type { ByoHost } from '../../api/byo-host.ts';
import type { Admitted, ByoHostEnrollment } from '../../api/byo-host-enrollment.ts';
import { ENROLLMENT_SECRET_KEY, ENROLLMENT_SECRET_TYPE } from '../../api/names.ts';
import { isMacOf, type Proven } from '../../common/enrollment/token.ts';
import { isDeleting } from '../../common/contract.ts';
import { describeRevoked, isRevoked } from '../../common/claim/host-rules.ts';
import type { Secret } from '../../common/kube/resources.ts';
import type { Told } from './refusal.ts';

/** `told`: what the host may hear, since it has proven the token; without it, what every refused host is told. */
export type Refused = { kind: 'Refuse'; why: string; told?: Told };

/** Whether `mac` proves the token of this enrollment over both keys; undefined when it does. */
export function decideProof(secret: Secret | undefined, proven: Proven, mac: string): Refused | undefined {
  if (!secret) return refuse('its Secret is missing');
  if (secret.type !== ENROLLMENT_SECRET_TYPE) return refuse(`its Secret is not of type ${ENROLLMENT_SECRET_TYPE}`);
  const macKey = macKeyOf(secret);
  if (!macKey) return refuse(`its Secret has no usable ${ENROLLMENT_SECRET_KEY}`);
  return isMacOf(mac, macKey, proven) ? undefined : refuse('the token does not prove these keys');
}

/** The 32 bytes that were derived from the token: base64url text, in base64 as in any Secret. */
export function macKeyOf({ data }: Secret): Buffer | undefined {
  const text = Buffer.from(data[ENROLLMENT_SECRET_KEY] ?? '', 'base64').toString('utf8');
  return /^[A-Za-z0-9_-]{43}$/.test(text) ? Buffer.from(text, 'base64url') : undefined;
}

export type EnrollmentSituation = {
  enrollment: ByoHostEnrollment;
  /** RFC 7638 thumbprints of what the host proved. */
  keys: { tlsKey: string; sealingKey: string };
  now: Date;
  /** The host that `spec.replaceHost` names, if it is there. */
  replaced?: ByoHost | undefined;
  /** Identity of a new host: a random id, and the name for it. */
  fresh: { hostID: string; name: string };
};

export type EnrollmentDecision =
  Refused | { kind: 'Known'; admitted: Admitted } | { kind: 'Admit'; admitted: Admitted };

/** The same two keys are answered as before, whatever has ended since: an answer may have been lost on its way. */
export function decideEnrollment(situation: EnrollmentSituation): EnrollmentDecision {
  const { enrollment, keys, now } = situation;
  const { admitted = [], expiresAt, hosts } = enrollment.spec;
  if (keys.tlsKey === keys.sealingKey) return refuse('TLS and sealing key are one');
  const known = admitted.find(({ tlsKey, sealingKey }) => tlsKey === keys.tlsKey && sealingKey === keys.sealingKey);
  if (known) return { kind: 'Known', admitted: known };
  if (isDeleting(enrollment)) return refuse('it is being deleted');
  if (now.getTime() >= Date.parse(expiresAt)) return refuse(`it ended at ${expiresAt}`);
  if (admitted.length >= hosts) return refuse(`all of its ${hosts} registrations are used`);
  if (admitted.some(({ tlsKey, sealingKey }) => tlsKey === keys.tlsKey || sealingKey === keys.sealingKey)) {
    return refuse('one of the keys is registered with another');
  }
  return decideIdentity(situation);
}

function decideIdentity({ enrollment, keys, now, replaced, fresh }: EnrollmentSituation): EnrollmentDecision {
  const { replaceHost, replaceRevoked, hostName } = enrollment.spec;
  const admittedAt = now.toISOString();
  if (hostName !== undefined && replaceHost === undefined && fresh.name !== hostName) {
    return refuse(`the name ${hostName} is taken; a re-imaged machine comes back with replaceHost`);
  }
  if (replaceHost === undefined) return { kind: 'Admit', admitted: { ...fresh, ...keys, admittedAt } };
  if (!replaced || isDeleting(replaced)) return refuse(`ByoHost ${replaceHost}, which it replaces, is not there`);
  // Before the admission is written: a refused machine must not use the enrollment up.
  const refused = refuseRevoked(replaced, replaceRevoked);
  if (refused) return refused;
  const { hostID } = replaced.spec;
  return { kind: 'Admit', admitted: { hostID, name: replaced.metadata.name, ...keys, admittedAt } };
}

/** Trust that was taken from a host comes back by the word of whoever may take it alone. */
function refuseRevoked(host: ByoHost, replaceRevoked = false): Refused | undefined {
  if (replaceRevoked || !isRevoked(host)) return undefined;
  const told = describeRevoked(host);
  return { ...refuse(`${told.message}. ${told.remedy}`), told };
}

export type ObservedHost = {
  host: ByoHost | undefined;
  admitted: Admitted;
  spec: Pick<ByoHostEnrollment['spec'], 'replaceHost' | 'replaceRevoked'>;
};

/** `Rename`: another host has taken the name between our look and our write. */
export type HostDecision = Refused | { kind: 'Create' | 'Replace' | 'Rename' | 'Sign' };

/** What the ByoHost of an admitted host needs. A host that was removed or revoked since is not brought back. */
export function decideHostOf({ host, admitted, spec }: ObservedHost): HostDecision {
  if (host?.spec.hostID === admitted.hostID) return decideKeysOf(host, admitted, spec);
  if (admitted.registered) return refuse('the ByoHost was deleted');
  if (spec.replaceHost !== undefined) return refuse('the ByoHost to replace is gone');
  return { kind: host ? 'Rename' : 'Create' };
}

function decideKeysOf(host: ByoHost, admitted: Admitted, spec: ObservedHost['spec']): HostDecision {
  const { registered, tlsKey, sealingKey } = admitted;
  if (isPinned(host, tlsKey)) return { kind: 'Sign' };
  if (registered || wasPinned(host, sealingKey) || spec.replaceHost === undefined) {
    return refuse('the key of the host was revoked or replaced');
  }
  return refuseRevoked(host, spec.replaceRevoked) ?? { kind: 'Replace' };
}

/** Both keys are pinned in one write, and revoking leaves the sealing key: that write has been, registered or not. */
function wasPinned({ spec }: ByoHost, sealingKey: string): boolean {
  return spec.keys?.some(({ id, use }) => use === 'sealing' && id === sealingKey) ?? false;
}

/** The TLS key of that thumbprint may speak for the host. */
export function isPinned({ spec }: ByoHost, tlsKey: string): boolean {
  return spec.keys?.some(({ id, use }) => use === 'tls' && id === tlsKey) ?? false;
}

/** `why` is for our log. */
export function refuse(why: string): Refused {
  return { kind: 'Refuse', why };
}
