// Data that pods have left on host paths: what of it stands, whose it is, and what the policy of the host says of it.
import { posix } from 'node:path';
import type { ResetArguments } from '../../api/orders.ts';
import type { Leftover } from '../../api/report/reported-host.ts';
import { ByoError } from '../../common/errors.ts';
import type { Baseline } from '../baseline/baseline.ts';
import { whyRefused } from '../cluster-folders/check-folder.ts';
import type { ClusterNotes } from '../cluster-folders/folder-notes.ts';
import type { Host } from '../host/host.ts';
import type { Claim } from '../journal/claims.ts';
import { resolvePath } from '../ledger/target.ts';
import { dataOf, type Told } from './told.ts';
import type { ZoneToEmpty } from '../zones/plan-reset.ts';
import { decideDataPaths, listHostPaths } from './host-paths.ts';

export type Asked = { notes: ClusterNotes; claim: Claim; before: Baseline | undefined };

/** Where this claim's pods may have left data; what nobody knows of before counts as there. */
export function planData({ notes, claim, before }: Asked): ReturnType<typeof decideDataPaths> {
  return decideDataPaths(listHostPaths(notes, claim), before?.entry ?? []);
}

/**
 * With the policy `Remove`: folders that came with the claim, emptied in the way in which zones are. What was there before, what
 * is the machine's and what a link leads to is only named.
 */
export async function foldersToRemove(
  host: Host,
  asked: Asked,
  { leftovers }: Pick<ResetArguments, 'leftovers'>,
): Promise<ZoneToEmpty[]> {
  if (leftovers !== 'Remove') return [];
  const zones: ZoneToEmpty[] = [];
  for (const { path, how } of planData(asked).data)
    if (how === 'made' && whyRefused(path) === undefined && (await isPlainFolder(host, path)))
      zones.push({ path, real: path, kept: new Set() });
  return zones;
}

async function isPlainFolder(host: Host, path: string): Promise<boolean> {
  if ((await host.stat(path))?.kind !== 'directory') return false;
  try {
    return (await resolvePath(host.root ?? '', path)) === path;
  } catch (error) {
    if (error instanceof ByoError) return false;
    throw error;
  }
}

/** What stands of this claim's data, and of earlier ones'. An empty folder that came with the claim goes. */
export async function listData(
  host: Host,
  asked: Asked,
  { cluster, earlier }: { cluster: string | undefined; earlier: readonly Leftover[] },
): Promise<Leftover[]> {
  const standing: Leftover[] = [];
  for (const data of planData(asked).data) {
    if (data.how === 'made') await host.run(['rmdir', '--ignore-fail-on-non-empty', '--', data.path]);
    if (await holdsSomething(host, data.path)) standing.push(dataOf(cluster, data));
  }
  const ids = new Set(standing.map(({ id }) => id));
  for (const old of earlier) if (!ids.has(old.id) && (await holdsSomething(host, old.path))) standing.push(old);
  return standing;
}

/** A file, a link, or a folder that is not empty. */
async function holdsSomething(host: Pick<Host, 'stat' | 'list'>, path: string | undefined): Promise<boolean> {
  if (path === undefined || posix.normalize(path) !== path) return false;
  const stat = await host.stat(path);
  return stat?.kind === 'directory' ? (await host.list(path)).length > 0 : stat !== undefined;
}

/** What a person has removed by hand meanwhile stands in no report any more. */
export async function dropGone(host: Pick<Host, 'stat' | 'list'>, told: Told): Promise<Told> {
  const leftovers: Leftover[] = [];
  for (const one of told.leftovers)
    if (one.kind !== 'Data' || (await holdsSomething(host, one.path))) leftovers.push(one);
  return { ...told, leftovers };
}
