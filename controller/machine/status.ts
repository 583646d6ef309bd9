// The reconciler's part of a ByoMachine's status, computed from what is there: it needs neither Temporal nor the host.
import type { ByoHost } from '../../api/byo-host.ts';
import type { ByoMachine } from '../../api/byo-machine.ts';
import { HOST_CONDITIONS, MACHINE_CONDITIONS, type ConditionUpdate } from '../../api/conditions.ts';
import { findCondition } from '../../common/kube/conditions.ts';
import type { StatusWish } from '../runtime/apply-status.ts';
import { paused } from '../cluster/decide.ts';
import { decideProgress } from './decide-progress.ts';
import { decideReady } from './decide-ready.ts';
import type { ObservedMachine } from './observe.ts';

/** `status` of the ByoMachine as far as the reconciler owns it. */
export const MACHINE_FIELDS = ['initialization', 'addresses', 'failureDomain', 'hostRef', 'hostinfo'] as const;

/** Pure. What a vanished host told stays: addresses and domain of a node do not change because its host is unheard. */
export function machineStatus(situation: ObservedMachine): StatusWish {
  const { machine, host } = situation;
  const before = machine.status ?? {};
  // With a providerID the infrastructure exists: restored at once, also after a move has dropped the status.
  const provisioned = machine.spec.providerID !== undefined || before.initialization?.provisioned === true;
  const fields = {
    initialization: provisioned ? { provisioned: true } : undefined,
    addresses: addressesOf(host) ?? before.addresses,
    failureDomain: host ? host.spec.failureDomain : before.failureDomain,
    hostRef: host ? { name: host.metadata.name, hostID: host.spec.hostID } : before.hostRef,
    hostinfo: host ? host.status?.hostinfo : before.hostinfo,
  };
  const conditions = [paused(false), decideReady(situation), ...decideProgress(situation), ...connectedOf(host)];
  return { fields, conditions };
}

/** While paused nothing moves but the condition that says so. */
export function pausedStatus({ machine }: ObservedMachine): StatusWish {
  return { fields: { ...machine.status }, conditions: [paused(true)] };
}

function connectedOf(host: ByoHost | undefined): ConditionUpdate[] {
  const seen = findCondition(host?.status?.conditions, HOST_CONDITIONS.connected);
  if (!seen) return [];
  return [{ type: MACHINE_CONDITIONS.connected, status: seen.status, reason: seen.reason, message: seen.message }];
}

type Address = NonNullable<NonNullable<ByoMachine['status']>['addresses']>[number];

/** Addresses of the interface that the default route leaves by; bridges and overlays of Kubernetes are none of ours. */
function addressesOf(host: ByoHost | undefined): Address[] | undefined {
  const reported = host?.status?.reported;
  if (!reported) return undefined;
  const interfaces = (reported.network ?? []).filter(({ isDefault }) => isDefault);
  const addresses = interfaces.flatMap(({ ipAddrs }) => (ipAddrs ?? []).map((cidr) => cidr.split('/')[0] ?? ''));
  const global = addresses.filter((address) => address !== '' && !/^(fe80:|169\.254\.|127\.|::1$)/i.test(address));
  const internal = [...new Set(global)].slice(0, 32).map((address): Address => ({ type: 'InternalIP', address }));
  const hostname: Address = { type: 'Hostname', address: reported.hostname };
  return reported.hostname === '' ? internal : [hostname, ...internal];
}
