// The one parser of mountinfo (proc(5)), and what is known of a mount from that table alone.
import { ByoError } from '../../common/errors.ts';
import type { Host } from '../host/host.ts';
import { readText } from './read-text.ts';
import { unescapeField } from './unescape-field.ts';

/** `root`: the folder of its file system that is seen at `target`. */
export type Mount = { id: string; parent: string; device: string; root: string; target: string; type: string };

/**
 * All mounts of the machine as they are now. @throws ByoError `StepFailed` (retryable) when the kernel's table cannot be
 * read: a machine without any mount does not exist, and one that passed for it would have its disks emptied.
 */
export async function readMounts(host: Pick<Host, 'readFile'>): Promise<Mount[]> {
  const mounts = parseMounts((await readText(host, '/proc/self/mountinfo')) ?? '');
  if (mounts.length > 0) return mounts;
  throw new ByoError('StepFailed', 'the kernel does not tell the mounts of this host (/proc/self/mountinfo)', {
    remedy: 'Mount /proc on the host; it is tried again',
    retryable: true,
  });
}

/** `mountinfo` as in proc(5), in the order of mounting. */
export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(' ');
      const [id = '', parent = '', device = '', root = '', target = ''] = fields;
      const type = fields[fields.indexOf('-') + 1] ?? '';
      return { id, parent, device, root: unescapeField(root), target: unescapeField(target), type };
    });
}

/** Of file systems that somebody else answers for: whoever looks there while nobody does waits for ever. */
const REMOTE = /^(nfs4?|cifs|smb3?|ceph|9p|afs|lustre|glusterfs|beegfs|gfs2|ocfs2|autofs|fuse(blk|\..*)?)$/;

/** The mounts that a path lies on, the one that is seen there last. Pure. */
export function mountsOver<One extends { target: string }>(path: string, mounts: readonly One[]): One[] {
  const over = mounts.filter(({ target }) => target === '/' || path === target || path.startsWith(`${target}/`));
  return over.toSorted((a, b) => a.target.length - b.target.length);
}

/** A look at the path could wait for another machine; a machine whose own root is remote could not wait otherwise. Pure. */
export function isRemote(path: string, mounts: readonly Mount[]): boolean {
  return mountsOver(path, mounts).some(({ target, type }) => target !== '/' && REMOTE.test(type));
}

/**
 * Mounts of these folders on themselves, topmost first: each shows the very folder that it hides. The kubelet mounts its
 * state folder so where the folder is not shared. Pure.
 */
export function listSelfBinds(mounts: readonly Mount[], folders: readonly string[]): string[] {
  const byId = new Map(mounts.map((mount) => [mount.id, mount]));
  return mounts
    .filter((mount) => folders.includes(mount.target) && isSelfBind(mount, byId.get(mount.parent)))
    .map(({ target }) => target)
    .toReversed();
}

function isSelfBind({ device, root, target }: Mount, parent: Mount | undefined): boolean {
  if (!parent || parent.device !== device) return false;
  const below = target.slice(parent.target === '/' ? 0 : parent.target.length);
  return root === `${parent.root === '/' ? '' : parent.root}${below}` || (below === '' && root === parent.root);
}
