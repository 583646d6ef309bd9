// Activity: gives the host back and lets the ByoMachine go; the host reconciler frees the host afterwards.
import type { ClusterActivities } from '../../api/activities.ts';
import type { ByoHost } from '../../api/byo-host.ts';
import { FIELD_MANAGERS, FINALIZERS, type MachineKey } from '../../api/names.ts';
import { isClaimedBy, isDeleting, isLeavingByMove, isPaused } from '../../common/contract.ts';
import { ByoError } from '../../common/errors.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOSTS, BYO_MACHINES } from '../../common/kube/resources.ts';
import { retryOnConflict } from '../../common/kube/retry-on-conflict.ts';
import type { ClusterDependencies } from './dependencies.ts';
import { nameOfKey } from './report-conditions.ts';
import { readSituation, type Situation } from './situation.ts';

/** First the claims become `releasing`, the finalizer falls last: a host is never held by an object that is gone. */
export function createReleaseHost({ kube }: ClusterDependencies): ClusterActivities['releaseHost'] {
  return ({ machine: key, claim }) =>
    retryOnConflict(async () => {
      const situation = await readSituation(kube, key);
      // Not found: an earlier attempt has finished, or the object was lost, and then the claim has to stand.
      if (!situation.machine) return;
      assertMayRelease(situation, key);
      for (const host of situation.claimed) {
        assertReset(host, claim?.generation, key);
        await markReleasing(kube, host);
      }
      await dropFinalizer(kube, situation);
    });
}

function assertMayRelease({ machine, cluster }: Situation, key: MachineKey): void {
  if (!machine) return;
  const held = isPaused(machine, cluster) || isLeavingByMove(machine);
  if (isDeleting(machine) && !held) return;
  throw new ByoError('OperationStopped', `ByoMachine ${nameOfKey(key)} is ${held ? 'paused' : 'not being deleted'}`, {
    remedy: 'Its host stays claimed; the machine is looked at anew',
    retryable: false,
  });
}

/** A claim that the caller does not know of may go only if the host never heard of it. */
function assertReset(host: ByoHost, generation: number | undefined, key: MachineKey): void {
  const { claim } = host.spec;
  if (!claim || !isClaimedBy(host, key) || claim.generation === generation) return;
  const { generation: highest = 0, quarantine } = host.status?.reported ?? {};
  // A host in quarantine may have lost its memory: that it knows of no claim then proves nothing.
  if (highest < claim.generation && !quarantine) return;
  throw new ByoError('ClaimConflict', `${host.metadata.name} still works for claim generation ${claim.generation}`, {
    remedy: 'It is reset first; the machine is looked at anew',
    retryable: false,
  });
}

async function markReleasing(kube: Kube, host: ByoHost): Promise<void> {
  if (host.spec.claim?.releasing) return;
  const { namespace, name, resourceVersion } = host.metadata;
  const change = { manager: FIELD_MANAGERS.workflow, body: { spec: { claim: { releasing: true } } }, resourceVersion };
  await kube.patch(BYO_HOSTS, { namespace, name }, change);
}

async function dropFinalizer(kube: Kube, { machine }: Situation): Promise<void> {
  if (!machine?.metadata.finalizers.includes(FINALIZERS.machine)) return;
  const { namespace, name, resourceVersion } = machine.metadata;
  const finalizers = machine.metadata.finalizers.filter((one) => one !== FINALIZERS.machine);
  const change = { manager: FIELD_MANAGERS.workflow, body: { metadata: { finalizers } }, resourceVersion };
  await kube.patch(BYO_MACHINES, { namespace, name }, change);
}
