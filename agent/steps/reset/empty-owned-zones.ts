// EmptyOwnedZones: folders that only Kubernetes fills, its rules and its links; never below a foreign mount, and nothing
// that was there before the claim.
import type { ResetArguments } from '../../../api/orders.ts';
import { ByoError, printable } from '../../../common/errors.ts';
import { readMounts } from '../../linux/mounts.ts';
import { removeKnown } from '../../baseline/remove-known.ts';
import { planFolders, removeMade } from '../../cluster-folders/plan-folders.ts';
import type { Host } from '../../host/host.ts';
import { foldersToRemove } from '../../leftovers/data-left.ts';
import type { Step } from '../../runner/step.ts';
import { emptyFolder } from '../../zones/empty-folder.ts';
import { planZones, type ZoneToEmpty } from '../../zones/plan-reset.ts';
import type { ResetDeps } from './compare-baseline.ts';
import { reachOf } from './reach-of.ts';
import { changesRemain } from './undo-changes.ts';
import { decideMounts } from './zone-mounts.ts';
import { mustRun } from '../../linux/must-run.ts';

/** Known kinds beside files go here too; what still stands afterwards (a device in use) CompareBaseline tries again. */
export function createEmptyOwnedZones(deps: ResetDeps): Step<ResetArguments> {
  return {
    name: 'EmptyOwnedZones',
    look: async () => false,
    act: async ({ host, ledger, key }, input) => {
      const folders = await planFolders(host, deps, key);
      const data = await foldersToRemove(host, { notes: deps, claim: key, before: deps.readBaseline(key) }, input);
      await emptyZones(host, [...(await planZones(host, deps, key)), ...folders.empty.map(({ zone }) => zone)]);
      await emptyZones(host, data);
      await removeMade(host, folders);
      const problems = await ledger.undoAll({ isLast: true });
      if (problems.length > 0) throw changesRemain(problems);
      await removeKnown(host, deps.readBaseline(key), reachOf(deps, key, input));
    },
  };
}

/**
 * The one way in which a reset deletes: all mounts are looked at before anything goes, those of pods are taken off, and a
 * foreign one stops it; what is mounted after that look the deletion itself meets, and does not enter.
 */
export async function emptyZones(host: Host, zones: readonly ZoneToEmpty[]): Promise<void> {
  const { own, foreign } = await lookAtMounts(host, zones);
  if (foreign.length > 0) throw blocked(foreign);
  for (const target of own) await mustRun(host, ['umount', '--', target]);
  for (const { real, kept } of zones) await emptyFolder(host.root ?? '', { path: real, kept });
}

/** Mounts below the zones as they are now. */
export async function lookAtMounts(
  host: Host,
  zones: readonly ZoneToEmpty[],
): Promise<ReturnType<typeof decideMounts>> {
  return decideMounts(await readMounts(host), zones);
}

function blocked(foreign: readonly string[]): ByoError {
  return new ByoError(
    'ResetBlocked',
    printable(`foreign mounts stand where the reset would delete: ${foreign.join(', ')}`),
    {
      remedy: 'Unmount them; the reset goes on by itself',
      retryable: true,
    },
  );
}
