// What containers may write to beside their own files: host paths, as containerd has given them to each container.
import type { Host } from '../host/host.ts';
import { readSmallFile } from '../host/read-small-file.ts';
import { isInZone, normalFolder } from '../cluster-folders/check-folder.ts';
import { MADE_FOLDERS } from '../baseline/known-kinds.ts';

/** The bundles of containers that run (OCI runtime specification, config.json). */
const TASKS = '/run/containerd/io.containerd.runtime.v2.task/k8s.io';
/** No kubelet runs so many. */
const MOST = 2000;

/** In memory, of the kernel, or of a node on every host; what is written there goes with the reset or the next boot. */
const PASSING = /^\/(proc|sys|dev|run|var\/run|tmp)(\/|$)/;

type OciMount = { type?: unknown; source?: unknown; options?: unknown };

/** Host paths that the container of this config.json may write to. What cannot be read has none. Pure. */
export function parseContainerMounts(config: string): string[] {
  const mounts = readMounts(config).flatMap(({ type, source, options }) => {
    const isBind =
      type === 'bind' || (Array.isArray(options) && options.some((one) => one === 'rbind' || one === 'bind'));
    const isReadOnly = Array.isArray(options) && options.includes('ro');
    return isBind && !isReadOnly && typeof source === 'string' ? (normalFolder(source) ?? []) : [];
  });
  return [...new Set(mounts)].filter(
    (path) => !PASSING.test(path) && !isInZone(path) && !MADE_FOLDERS.some((one) => one === path),
  );
}

function readMounts(config: string): OciMount[] {
  try {
    const { mounts } = Object(JSON.parse(config));
    return Array.isArray(mounts) ? mounts.map((one) => Object(one)) : [];
  } catch {
    // Not whole yet: a container that is being made is seen the next time.
    return [];
  }
}

/** Of all containers that run, but those of `seen`, to which they are added. */
export async function readHostPaths(host: Host, seen: Set<string>): Promise<string[]> {
  const found = new Set<string>();
  for (const id of (await host.list(TASKS)).slice(0, MOST)) {
    if (seen.has(id)) continue;
    const config = await readSmallFile(host, `${TASKS}/${id}/config.json`);
    if (config === undefined) continue;
    if (seen.size >= MOST) seen.clear();
    seen.add(id);
    for (const path of parseContainerMounts(config)) found.add(path);
  }
  return [...found];
}
