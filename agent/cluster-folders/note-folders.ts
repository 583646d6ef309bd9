// Looks where the cluster of a claim keeps its things, and notes it: before the document is carried out, and again from what
// kubeadm has made of it.
import { dirname } from 'node:path';
import { ByoError } from '../../common/errors.ts';
import type { BootstrapFile } from '../steps/join/cloud-init/bootstrap-plan.ts';
import { readKubeconfigEndpoints } from '../endpoint/read-kubeconfigs.ts';
import type { Host } from '../host/host.ts';
import { readSmallFile } from '../host/read-small-file.ts';
import type { Claim } from '../journal/claims.ts';
import { resolvePath } from '../ledger/target.ts';
import { KUBELET_DROP_INS } from '../linux/paths.ts';
import { isInZone } from './check-folder.ts';
import { findUnnotedRanges, recordRanges } from './cluster-ranges.ts';
import { MARKS, type FolderNote, type NamedFolder } from './cluster-folder.ts';
import { isEtcdChecked, listFolders, recordCheck, recordEndpoint, recordFolder, subjectOf } from './folder-notes.ts';
import type { ClusterNotes } from './folder-notes.ts';
import { foldersOfDocument } from './folders-of-document.ts';
import { foldersOfApiServer, foldersOfEtcd, foldersOfKubelet } from './folders-of-manifests.ts';

export type Noting = { host: Host; key: Claim; notes: ClusterNotes };

/** Before anything of the document is done: what is there now is the owner's. */
export async function noteDocument({ host, key, notes }: Noting, files: readonly BootstrapFile[]): Promise<void> {
  const { folders, checksEtcd, endpoints } = foldersOfDocument(files);
  for (const folder of folders) {
    if (!isInZone(folder.path)) recordFolder(notes, key, await lookBefore(host, folder));
  }
  if (checksEtcd) recordCheck(notes, key);
  for (const endpoint of endpoints) recordEndpoint(notes, key, endpoint);
}

/** When kubeadm has run, whether it succeeded or not, and once more when the reset begins. */
export async function noteManifests(noting: Noting): Promise<void> {
  const { host, key, notes } = noting;
  for (const folder of await findUnnoted(noting))
    recordFolder(notes, key, decideBefore(folder, isEtcdChecked(notes, key)));
  for (const endpoint of await readKubeconfigEndpoints(host)) recordEndpoint(notes, key, endpoint);
  recordRanges(notes, key, await findUnnotedRanges(host, notes, key));
}

/** What stands in manifests and flags now, and in no note yet. */
export async function findUnnoted({ host, key, notes }: Noting): Promise<NamedFolder[]> {
  const known = new Set(listFolders(notes, key).map(subjectOf));
  const found = await readNamedFolders(host);
  return found.filter((folder) => !known.has(subjectOf(folder)) && !isInZone(folder.path));
}

/**
 * A folder of which nobody heard before it was used. etcd's was empty then where kubeadm has looked; of any other nobody
 * can say. Pure.
 */
function decideBefore(folder: NamedFolder, isChecked: boolean): FolderNote {
  return { ...folder, before: folder.kind === 'etcd' && isChecked ? 'empty' : 'unknown', marks: [] };
}

async function lookBefore(host: Host, folder: NamedFolder): Promise<FolderNote> {
  try {
    const real = await resolvePath(host.root ?? '', folder.path);
    const stat = await host.stat(real);
    if (!stat) return { ...folder, before: 'absent', top: await findTop(host, real), marks: [] };
    if (stat.kind !== 'directory') return { ...folder, before: 'unknown', marks: [] };
    const names = (await host.list(real)).filter((name) => name !== 'lost+found');
    const marks = names.filter((name) => MARKS[folder.kind].test(name));
    return { ...folder, before: names.length === 0 ? 'empty' : 'full', marks };
  } catch (error) {
    if (!(error instanceof ByoError)) throw error;
    // It leads through a link of a local user.
    return { ...folder, before: 'unknown', marks: [] };
  }
}

/** The topmost folder on the way to a missing one that is missing as well. */
async function findTop(host: Host, path: string): Promise<string> {
  const parent = dirname(path);
  return parent === path || (await host.stat(parent)) ? path : findTop(host, parent);
}

const FLAG_FILES = ['/var/lib/kubelet/kubeadm-flags.env', '/etc/default/kubelet', '/etc/sysconfig/kubelet'];

async function readNamedFolders(host: Host): Promise<NamedFolder[]> {
  const read = async (path: string): Promise<string> => (await readSmallFile(host, path)) ?? '';
  const dropIns = (await host.list(KUBELET_DROP_INS)).map((name) => `${KUBELET_DROP_INS}/${name}`);
  const flags: string[] = [];
  for (const path of [...FLAG_FILES, ...dropIns]) flags.push(await read(path));
  return [
    ...foldersOfEtcd(await read('/etc/kubernetes/manifests/etcd.yaml')),
    ...foldersOfApiServer(await read('/etc/kubernetes/manifests/kube-apiserver.yaml')),
    ...foldersOfKubelet(flags.join('\n')),
  ];
}
