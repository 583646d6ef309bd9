// What containers may write to beside their own files: host paths, as containerd has given them to each container.
import type { Host } from '../host/host.ts';
import { isInZone, normalFolder } from '../cluster-folders/check-folder.ts';
import { MADE_FOLDERS } from '../baseline/known-kinds.ts';

/** The bundles of containers that run (OCI runtime specification, config.json). */
const TASKS = '/run/containerd/io.containerd.runtime.v2.task/k8s.io';
/** No kubelet runs so many. */
const MOST = 2000;
/** Environments of some MiB stand in it, each character of them perhaps as six; execve(2) takes no larger ones. */
const MOST_BYTES = 16 * 1024 * 1024;

/** In memory or of the kernel: what is written there goes with the next boot. /tmp does not everywhere. */
const PASSING = /^\/(proc|sys|dev|run|var\/run)(\/|$)/;

type OciMount = { type?: unknown; source?: unknown; options?: unknown };

/** `untold`: what containers were given beside these paths, and what cannot be written down. */
export type Given = { paths: string[]; untold: string[] };

const NAMELESS = 'a host path whose name cannot be shown';
const TOO_LARGE = 'a configuration that is too large to be read';

/** What the container of this config.json may write to; undefined for what is not whole. Pure. */
export function parseContainerMounts(config: string): Given | undefined {
  const sources = readMounts(config)?.filter(isWritable);
  const paths = sources?.map(({ source }) => (typeof source === 'string' ? normalFolder(source) : undefined));
  return (
    paths && {
      paths: [...new Set(paths.filter((path) => path !== undefined))].filter(isOfInterest),
      untold: paths.includes(undefined) ? [NAMELESS] : [],
    }
  );
}

function isWritable({ type, options }: OciMount): boolean {
  const said: unknown[] = Array.isArray(options) ? options : [];
  return (type === 'bind' || said.includes('rbind') || said.includes('bind')) && !said.includes('ro');
}

function isOfInterest(path: string): boolean {
  return !PASSING.test(path) && !isInZone(path) && !MADE_FOLDERS.some((one) => one === path);
}

function readMounts(config: string): OciMount[] | undefined {
  try {
    const { mounts } = Object(JSON.parse(config));
    return Array.isArray(mounts) ? mounts.map((one) => Object(one)) : [];
  } catch {
    // Not whole yet: a container that is being made is seen the next time.
    return undefined;
  }
}

/** Of all containers that run, but those of `seen`, to which they are added. */
export async function readHostPaths(host: Host, seen: Set<string>): Promise<Given> {
  const paths = new Set<string>();
  const untold = new Set<string>();
  for (const id of (await host.list(TASKS)).slice(0, MOST)) {
    const given = seen.has(id) ? undefined : await readContainer(host, `${TASKS}/${id}/config.json`);
    if (!given) continue;
    if (seen.size >= MOST) seen.clear();
    seen.add(id);
    for (const path of given.paths) paths.add(path);
    for (const what of given.untold) untold.add(what);
  }
  return { paths: [...paths], untold: [...untold] };
}

async function readContainer(host: Pick<Host, 'stat' | 'readFile'>, path: string): Promise<Given | undefined> {
  const stat = await host.stat(path);
  if (stat?.kind !== 'file') return undefined;
  if (stat.size > MOST_BYTES) return { paths: [], untold: [TOO_LARGE] };
  return parseContainerMounts((await host.readFile(path))?.toString('utf8') ?? '');
}
