// Where a secret may have got to: every place on this machine, in the management plane and on a host that keeps anything.
import { readFile, readdir } from 'node:fs/promises';
import { z } from 'zod';
import { runCommand } from '../../lab/spawn.ts';
import type { HostHandle } from '../../lab/index.ts';
import { openTemporal, type World } from './world.ts';

/** Command lines and environments of all processes that can be seen from here, those in hosts included. */
export async function scanProcesses(secret: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const file of ['cmdline', 'environ']) {
      // Processes end while we look, and some are not ours to read.
      const text = await readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '');
      if (text.includes(secret)) found.push(`/proc/${pid}/${file}: ${text.slice(0, 80)}`);
    }
  }
  return found;
}

const Metadata = z.looseObject({ namespace: z.string().optional(), name: z.string() });
const Objects = z.object({ items: z.array(z.looseObject({ kind: z.string(), metadata: Metadata })) });

/** Every object of every kind, as `namespace/kind/name`, that holds it. */
export async function scanObjects({ kubectl }: World, secret: string): Promise<string[]> {
  const kinds = (await kubectl.run(['api-resources', '--verbs=list', '-o', 'name'])).split('\n').filter(Boolean);
  const { stdout } = await kubectl.try(['get', kinds.join(','), '-A', '-o', 'json', '--ignore-not-found']);
  const all = Objects.parse(JSON.parse(stdout));
  if (all.items.length < 50) throw new Error(`only ${all.items.length} objects were listed`);
  const coded = Buffer.from(secret).toString('base64').slice(0, -4);
  const holds = (text: string) => text.includes(secret) || text.includes(coded);
  return all.items
    .filter((item) => holds(JSON.stringify(item)))
    .map(({ kind, metadata }) => `${metadata.namespace ?? ''}/${kind}/${metadata.name}`);
}

/** Histories of all workflows, as they are exported. */
export async function scanHistories(world: World, secret: string): Promise<string[]> {
  const temporal = await openTemporal(world);
  const { client } = temporal;
  const found: string[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    if (JSON.stringify(history).includes(secret)) found.push(workflowId);
  }
  await temporal.close();
  return found;
}

/** Files of the instance on this machine: logs, Temporal's database, etcd's. */
export async function scanInstance({ instance }: World, secret: string): Promise<string[]> {
  const { stdout } = await runCommand(['grep', '-rlaF', secret, instance.dir]);
  return stdout.split('\n').filter(Boolean);
}

/** A host's disk and what it holds in memory as files; and its journal, which may be compressed. */
export async function scanHost(host: HostHandle, secret: string): Promise<string[]> {
  const folders = '/etc /root /home /var /opt /usr/local /srv /run /tmp /dev/shm';
  const search = `cat > /dev/shm/pattern; grep -rlaF -f /dev/shm/pattern --exclude-dir=byo-bundles ${folders} 2>/dev/null
    journalctl --no-pager -o export | grep -qaF -f /dev/shm/pattern && echo journal; rm /dev/shm/pattern`;
  const { stdout } = await host.exec(['sh', '-c', search], { input: secret });
  return stdout.split('\n').filter((line) => line !== '' && line !== '/dev/shm/pattern');
}
