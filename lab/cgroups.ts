// Control groups that podman makes and leaves empty, in every hierarchy of cgroup v1 or in the one of v2.
import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';
/** Podman's parent of all containers under the cgroupfs manager. */
const PARENT = 'libpod_parent';

/** Podman's cgroup in each hierarchy that has one. */
export function listCgroups(): string[] {
  const folders = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const candidates = folders.map((entry) =>
    entry.name === PARENT ? join(ROOT, PARENT) : join(ROOT, entry.name, PARENT),
  );
  return [...new Set(candidates)].filter((path) => existsSync(path));
}

/** Remove podman's cgroups that were not there before, as far as they are empty; gives a line for each that stays. */
export function removeCgroups(before: string[]): string[] {
  return listCgroups()
    .filter((path) => !before.includes(path))
    .flatMap((path) => (removeTree(path) ? [] : [`kept the cgroup ${path}: it has processes`]));
}

// Depth first: the kernel removes a cgroup only when it has neither processes nor children.
function removeTree(path: string): boolean {
  const children = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const gone = children.map((entry) => removeTree(join(path, entry.name)));
  if (gone.includes(false)) return false;
  try {
    rmdirSync(path);
    return true;
  } catch {
    // EBUSY: a container that is not the lab's lives in it, and the caller says so.
    return false;
  }
}
