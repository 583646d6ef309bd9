// Data that pods have left on host paths: what of it stands, whose it is, and what the policy of the host says of it.
import { opendir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { ResetArguments } from '../../api/orders.ts';
import type { Leftover } from '../../api/report/reported-host.ts';
import { ByoError } from '../../common/errors.ts';
import type { Baseline } from '../baseline/baseline.ts';
import { describeMounts } from '../baseline/describe-mounts.ts';
import { whyRefused } from '../cluster-folders/check-folder.ts';
import type { ClusterNotes } from '../cluster-folders/folder-notes.ts';
import type { Host } from '../host/host.ts';
import type { Claim } from '../journal/claims.ts';
import { resolvePath } from '../ledger/target.ts';
import { isRemote, mountsOver, readMounts, type Mount } from '../linux/mounts.ts';
import { dataOf, fitLeftovers, type Told } from './told.ts';
import type { ZoneToEmpty } from '../zones/plan-reset.ts';
import { decideDataPaths, listHostPaths } from './host-paths.ts';

export type Asked = { notes: ClusterNotes; claim: Claim; before: Baseline | undefined };

/** Where this claim's pods may have left data; what nobody knows of before counts as there. */
export function planData({ notes, claim, before }: Asked): ReturnType<typeof decideDataPaths> {
  return decideDataPaths(listHostPaths(notes, claim), before?.entry ?? []);
}

/**
 * With the policy `Remove`: folders that came with the claim, emptied in the way in which zones are. What was there before, what
 * is the machine's, what a link leads to and what is on a disk that came later is only named.
 */
export async function foldersToRemove(
  host: Host,
  asked: Asked,
  { leftovers }: Pick<ResetArguments, 'leftovers'>,
): Promise<ZoneToEmpty[]> {
  if (leftovers !== 'Remove') return [];
  const mounts = await readMounts(host);
  const isKnownPlace = (path: string): boolean => isOnKnownMount(path, mounts, asked.before);
  const zones: ZoneToEmpty[] = [];
  for (const { path, how } of planData(asked).data.filter((data) => isKnownPlace(data.path)))
    if (how === 'made' && whyRefused(path) === undefined && (await isPlainFolder(host, path)))
      zones.push({ path, real: path, kept: new Set() });
  return zones;
}

/**
 * The folder is no mount, and lies on the disk that was mounted there when names were listed. All of what is on a disk that
 * its owner has mounted since, or had covered by one, would pass for what came with the claim. Pure.
 */
export function isOnKnownMount(path: string, mounts: readonly Mount[], before: Baseline | undefined): boolean {
  const under = mountsOver(path, mounts).at(-1);
  if (!under || under.target === path) return false;
  const lines = before?.mount ?? [];
  const old = mountsOver(
    path,
    lines.map((line) => ({ target: line.slice(0, line.lastIndexOf(' (')) })),
  ).at(-1);
  return old?.target === under.target && describeMounts([under], () => false).every((line) => lines.includes(line));
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
  const mounts = await readMounts(host);
  const standing: Leftover[] = [];
  for (const data of planData(asked).data) {
    if (data.how === 'made' && whyRefused(data.path) === undefined && !isRemote(data.path, mounts))
      await host.run(['rmdir', '--ignore-fail-on-non-empty', '--', data.path]);
    if (await isStanding(host, mounts, data.path)) standing.push(dataOf(asked.claim, cluster, data));
  }
  const now = new Set(standing.map(placeOf));
  for (const old of earlier)
    if (!now.has(placeOf(old)) && (await isStanding(host, mounts, old.path))) standing.push(old);
  return standing;
}

/** Of one cluster there is one leftover at a path: what it has written there since is with what it wrote before. */
const placeOf = ({ cluster = '', path = '' }: Leftover): string => `${cluster} ${path}`;

type Looking = Pick<Host, 'stat' | 'root'>;

/** What cannot be looked at stands (a mount whose server is gone, a disk with faults): neither a reset nor a report fails by it. */
async function isStanding(host: Looking, mounts: readonly Mount[], path: string | undefined): Promise<boolean> {
  if (path === undefined || posix.normalize(path) !== path) return false;
  return isRemote(path, mounts) || holdsSomething(host, path).catch(() => true);
}

/** A file, a link, or a folder that is not empty; one of millions of files is not read to its end. */
async function holdsSomething(host: Looking, path: string): Promise<boolean> {
  const stat = await host.stat(path);
  if (stat?.kind !== 'directory') return stat !== undefined;
  // What mkfs makes at the top of a disk is nobody's data.
  for await (const { name } of await opendir(join(host.root ?? '', path))) if (name !== 'lost+found') return true;
  return false;
}

/** What a person has removed by hand meanwhile stands in no report any more, and a report holds no more than can be told. */
export async function dropGone(host: Looking & Pick<Host, 'readFile'>, told: Told): Promise<Told> {
  if (told.leftovers.length === 0) return told;
  const mounts = await readMounts(host);
  const leftovers: Leftover[] = [];
  for (const one of told.leftovers)
    if (one.kind !== 'Data' || (await isStanding(host, mounts, one.path))) leftovers.push(one);
  return { ...told, leftovers: fitLeftovers(leftovers) };
}
