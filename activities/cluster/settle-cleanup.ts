// Activities: how a clean-up goes, as a condition of the ByoHost; and its end, by which the host is free again.
import { CLEANUP_CONDITION } from '../../api/conditions.ts';
import { FIELD_MANAGERS } from '../../api/names.ts';
import { isSameConditions, mergeConditions } from '../../common/kube/conditions.ts';
import { BYO_HOSTS } from '../../common/kube/resources.ts';
import { owes } from './observe/decide-cleanup.ts';
import type { Deeds } from './right/deed.ts';
import type { ClusterDependencies } from './dependencies.ts';

/** Writes nothing when nothing changed, or when the host owes this clean-up no more. */
export function createReportCleanup(deps: ClusterDependencies): Deeds['reportCleanup'] {
  const clock = deps.clock ?? (() => new Date());
  return async ({ host }, { conditions, ...cleanup }) => {
    if (!host || !owes(host, cleanup)) return;
    const present = host.status?.conditions ?? [];
    const merged = mergeConditions(present, conditions, { own: [CLEANUP_CONDITION], now: clock() });
    if (isSameConditions(present, merged)) return;
    const { namespace, name, resourceVersion } = host.metadata;
    const body = { status: { conditions: merged } };
    const change = { manager: FIELD_MANAGERS.workflow, subresource: 'status' as const, body, resourceVersion };
    await deps.kube.apply(BYO_HOSTS, { namespace, name }, change);
  };
}

/** Only what was looked at is taken away: a debt that came in between stays. */
export function createSettleCleanup({ kube }: ClusterDependencies): Deeds['settleCleanup'] {
  return async ({ host }, cleanup) => {
    if (!host || !owes(host, cleanup)) return;
    const { namespace, name, resourceVersion } = host.metadata;
    const body = { spec: { cleanupOwed: null } };
    await kube.patch(BYO_HOSTS, { namespace, name }, { manager: FIELD_MANAGERS.workflow, body, resourceVersion });
  };
}
