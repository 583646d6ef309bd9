// Folders that a cluster keeps its things in, elsewhere than every other: etcd's data, certificates, the kubelet's state.
import { z } from 'zod';

const FOLDER_KINDS = ['etcd', 'wal', 'certificates', 'kubelet'] as const;
export type FolderKind = (typeof FOLDER_KINDS)[number];

/** One that somebody has named. */
export type NamedFolder = { path: string; kind: FolderKind };

/** As conditions name it. */
export const KIND_NAMES: Record<FolderKind, string> = {
  etcd: 'data of etcd',
  wal: 'log of etcd',
  certificates: 'certificates',
  kubelet: 'state of the kubelet',
};

/** What tells a cluster's things from others in a folder that was not empty before, or of which that is not known. */
export const MARKS: Record<FolderKind, RegExp> = {
  etcd: /^member$/,
  wal: /\.wal$/,
  certificates:
    /^(ca|sa|apiserver|apiserver-kubelet-client|apiserver-etcd-client|front-proxy-ca|front-proxy-client)\.key$/,
  kubelet: /^(pods|pki|plugins|cpu_manager_state|memory_manager_state)$/,
};

/**
 * What the journal keeps of it. `before`: what was there when the claim began; `unknown` when nobody has looked then.
 * `top`: the topmost folder on its way that was missing then. `marks`: things of such a name that were there before.
 */
export const FolderNote = z.object({
  path: z.string(),
  kind: z.enum(FOLDER_KINDS),
  before: z.enum(['absent', 'empty', 'full', 'unknown']),
  top: z.string().optional(),
  marks: z.array(z.string()),
});
export type FolderNote = z.infer<typeof FolderNote>;
