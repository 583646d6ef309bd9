// What a reset does with the folders that its claim has noted: emptied like every zone, or named and left alone.
import { dirname } from 'node:path';
import { ByoError } from '../../common/errors.ts';
import type { Host } from '../host/host.ts';
import type { Claim } from '../journal/claims.ts';
import { resolvePath } from '../ledger/target.ts';
import type { ZoneToEmpty } from '../zones/plan-reset.ts';
import { isInZone, whyRefused } from './check-folder.ts';
import { KIND_NAMES, MARKS, type FolderNote } from './cluster-folder.ts';
import { listFolders, type ClusterNotes } from './folder-notes.ts';

/** Why a folder of the cluster is left as it is. */
type ToldFolder = { note: FolderNote; why: string };

export type FolderPlan = { empty: { zone: ZoneToEmpty; note: FolderNote }[]; tell: ToldFolder[] };

const POD_FOLDERS = ['pods/', 'plugins/'];

/** Emptied is only what was empty or missing when the claim began, and where that really is. */
export async function planFolders(host: Host, notes: ClusterNotes, claim: Claim): Promise<FolderPlan> {
  const plan: FolderPlan = { empty: [], tell: [] };
  for (const note of listFolders(notes, claim)) {
    const real = await resolve(host, note.path);
    const why = whyLeft(note, real);
    if (why !== undefined) plan.tell.push({ note, why });
    // A link into a zone: that one is emptied anyway.
    else if (real !== undefined && !isInZone(real)) plan.empty.push({ zone: zoneOf(note, real), note });
  }
  return plan;
}

function zoneOf({ path, kind }: FolderNote, real: string): ZoneToEmpty {
  return { path, real, kept: new Set(), ...(kind === 'kubelet' && { podMounts: POD_FOLDERS }) };
}

/** Pure. */
function whyLeft({ path, before }: FolderNote, real: string | undefined): string | undefined {
  if (real === undefined) return 'a link of a local user leads there';
  const refused = whyRefused(path) ?? whyRefused(real);
  if (refused !== undefined) return refused;
  if (before === 'full') return 'it was not empty when the claim began';
  return before === 'unknown' ? 'nobody knows what was in it when the claim began' : undefined;
}

/** Undefined for a way that anybody could have laid. */
async function resolve(host: Host, path: string): Promise<string | undefined> {
  try {
    return await resolvePath(host.root ?? '', path);
  } catch (error) {
    if (error instanceof ByoError) return undefined;
    throw error;
  }
}

/** What was missing when the claim began goes with what was in it, up to where the machine's own folders begin. */
export async function removeMade(host: Host, { empty }: FolderPlan): Promise<void> {
  for (const { zone, note } of empty) {
    if (note.before !== 'absent' || note.top === undefined) continue;
    for (let path = zone.real; path.startsWith(note.top); path = dirname(path)) {
      // One that is not empty belongs to whoever filled it, and everything above it with it.
      if ((await host.run(['rmdir', '--', path])).exitCode !== 0) break;
    }
  }
}

/** Of the folders that are left alone, those in which something of a cluster stands that was not there before. */
export async function listToldRemains(host: Host, { tell }: FolderPlan): Promise<string[]> {
  const remains: string[] = [];
  for (const { note, why } of tell) {
    const { path, kind, marks } = note;
    const found = (await listNames(host, path)).filter((name) => MARKS[kind].test(name) && !marks.includes(name));
    if (found.length > 0) remains.push(`${KIND_NAMES[kind]} in ${path} (${found.slice(0, 3).join(', ')}): ${why}`);
  }
  return remains;
}

async function listNames(host: Host, path: string): Promise<string[]> {
  return (await host.stat(path))?.kind === 'file' ? [] : host.list(path);
}
