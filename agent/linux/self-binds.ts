// The kubelet mounts its state folder on itself where the folder is not shared (proc(5), mountinfo): that mount is its own.

import type { Mount } from './mounts.ts';

/** Mounts of these folders on themselves, topmost first: each shows the very folder that it hides. Pure. */
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
