// ByoHost: observe, decide, act.
import type { ByoHost } from '../api/byo-host.ts';
import { HOST_CONDITIONS } from '../api/conditions.ts';
import { FIELD_MANAGERS, leaseNameOf } from '../api/names.ts';
import { incarnationOf } from '../common/contract.ts';
import type { Kube } from '../common/kube/client.ts';
import { BYO_HOSTS, BYO_MACHINES, type ObjectKey } from '../common/kube/resources.ts';
import { applyStatus, type StatusWriter } from './apply-status.ts';
import type { Caches } from './caches.ts';
import { decideHost, HOST_FIELDS, type HostDecision, type HostSituation } from './decide-host.ts';
import type { Liveness } from './liveness.ts';
import type { Result } from './queue.ts';

const WRITER: StatusWriter = {
  manager: FIELD_MANAGERS.hostReconciler,
  fields: HOST_FIELDS,
  conditions: Object.values(HOST_CONDITIONS),
};

export type HostReconcilerDependencies = {
  kube: Kube;
  caches: Caches;
  /** What is known now of a host's Lease. */
  judge: (lease: ObjectKey) => Liveness;
};

/** Reconciles one ByoHost; `caches` must be synced. */
export function createHostReconciler(deps: HostReconcilerDependencies): (key: ObjectKey) => Promise<Result> {
  return async (key) => {
    const host = await deps.kube.find(BYO_HOSTS, key);
    if (!host) return {};
    const decision = decideHost(await observe(deps, host));
    if (decision.kind === 'Report') {
      await applyStatus({ kube: deps.kube, resource: BYO_HOSTS, object: host }, WRITER, decision.status);
    } else await patchHost(deps.kube, host, decision);
    return {};
  };
}

async function observe(deps: HostReconcilerDependencies, host: ByoHost): Promise<HostSituation> {
  const { namespace, name } = host.metadata;
  return {
    host,
    liveness: deps.judge({ namespace, name: leaseNameOf(name) }),
    claimEnded: await isClaimEnded(deps, host),
  };
}

/**
 * Core deletes a Node by name after our object is gone: the host is free only when the Machine is gone as well. The
 * ByoMachine is read afresh, since a cache that has not heard of it yet would free a host that is held.
 */
async function isClaimEnded({ kube, caches }: HostReconcilerDependencies, { spec }: ByoHost): Promise<boolean> {
  const { claim } = spec;
  if (!claim?.releasing) return false;
  const { namespace, name } = claim;
  const machine = await kube.find(BYO_MACHINES, { namespace, name });
  if (machine) return incarnationOf(machine) !== claim.incarnation;
  return !caches.machines
    .list(namespace)
    .some(
      ({ spec: { infrastructureRef } }) => infrastructureRef?.kind === 'ByoMachine' && infrastructureRef.name === name,
    );
}

async function patchHost(kube: Kube, host: ByoHost, decision: HostDecision): Promise<void> {
  const body = bodyOf(decision);
  if (!body) return;
  const { namespace, name, resourceVersion } = host.metadata;
  await kube.patch(BYO_HOSTS, { namespace, name }, { manager: FIELD_MANAGERS.hostReconciler, body, resourceVersion });
}

function bodyOf(decision: HostDecision): Record<string, unknown> | undefined {
  switch (decision.kind) {
    case 'SetFinalizers':
      return { metadata: { finalizers: decision.finalizers } };
    case 'Free':
      return { spec: { claim: null } };
    case 'Nothing':
    case 'Report':
      return undefined;
    default:
      return decision satisfies never;
  }
}
