// Podman and buildah with a state of their own: nothing of the machine's containers, networks or settings is touched.
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defaultCache } from './default-cache.ts';

/** Environment for every call of podman and buildah of the lab; `ensurePodmanConfiguration` writes what it names. */
export function podmanEnvironment(cache: string): Record<string, string> {
  const files = configurationFiles(cache);
  return { CONTAINERS_CONF: files.containers, CONTAINERS_STORAGE_CONF: files.storage };
}

/** Writes both configuration files. Idempotent, and safe while others read them. */
export async function ensurePodmanConfiguration(cache: string): Promise<void> {
  const files = configurationFiles(cache);
  await mkdir(dirname(files.containers), { recursive: true });
  await writeWhole(files.containers, containersConf(cache));
  await writeWhole(files.storage, storageConf(cache));
}

function configurationFiles(cache: string): { containers: string; storage: string } {
  return {
    containers: join(cache, 'containers', 'containers.conf'),
    storage: join(cache, 'containers', 'storage.conf'),
  };
}

/** Volatile state goes with the store it describes: two caches never share one, or each would tear down the other's. */
function runFolder(cache: string): string {
  if (cache === defaultCache) return '/run/byo-lab';
  return `/run/byo-lab-${createHash('sha256').update(cache).digest('hex').slice(0, 8)}`;
}

// File locks: the default ones live in one shared memory segment for all stores of the machine, and a first start
// frees every lock in it. runc: crun refuses a cgroup v1 machine whose unified hierarchy is empty. cgroupfs: there may be
// no systemd.
function containersConf(cache: string): string {
  return [
    '[engine]',
    'cgroup_manager = "cgroupfs"',
    'events_logger = "file"',
    'lock_type = "file"',
    'runtime = "runc"',
    `tmp_dir = ${JSON.stringify(join(runFolder(cache), 'libpod'))}`,
    '[network]',
    'network_backend = "netavark"',
    `network_config_dir = ${JSON.stringify(join(cache, 'containers', 'networks'))}`,
    '',
  ].join('\n');
}

function storageConf(cache: string): string {
  return [
    '[storage]',
    'driver = "overlay"',
    `graphroot = ${JSON.stringify(join(cache, 'containers', 'storage'))}`,
    `runroot = ${JSON.stringify(join(runFolder(cache), 'containers'))}`,
    '',
  ].join('\n');
}

async function writeWhole(path: string, content: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, content);
  await rename(draft, path);
}
