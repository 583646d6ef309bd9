// Every place on the management side, and the journals of the hosts, where a secret could leak to.
import { Client, Connection } from '@temporalio/client';
import { kubectlOf } from '../../../harness/kubectl.ts';
import type { Instance } from '../../../lab/index.ts';
import { readFolder, type Haystack } from './search.ts';

/** Histories of all workflows as JSON, and the file in which the server keeps them. */
export async function readHistories(instance: Instance): Promise<Haystack[]> {
  const connection = await Connection.connect({ address: instance.temporal.address });
  try {
    const client = new Client({ connection });
    const found: Haystack[] = [];
    for await (const { workflowId, runId } of client.workflow.list()) {
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      found.push({ where: `history ${workflowId} ${runId}`, content: Buffer.from(JSON.stringify(decode(history))) });
    }
    const database = await readFolder(instance.dir, (path) => /temporal.*\.(db|sqlite|db-wal|sqlite-wal)/.test(path));
    return [...found, ...database];
  } finally {
    await connection.close();
  }
}

/** Payloads are byte arrays: shown as text, else a search would only ever see numbers. */
function decode(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, decode(field)]));
}

/** Logs of every process of the instance, and the journals of the hosts. */
export async function readLogs(instance: Instance): Promise<Haystack[]> {
  const logs = await readFolder(instance.dir, (path) => path.endsWith('.log'));
  const journals = instance.hosts.map(async (host) => ({
    where: `journal of ${host.name}`,
    content: Buffer.from((await host.exec(['journalctl', '--no-pager', '-o', 'cat'])).stdout),
  }));
  return [...logs, ...(await Promise.all(journals))];
}

/**
 * Every object of the management plane but two kinds: Secrets, which are where they belong, and Cluster API's own
 * KubeadmConfig, in whose spec its bootstrap provider itself writes the token. `only` reads just these kinds.
 */
export async function readObjects(instance: Instance, only?: string[]): Promise<Haystack[]> {
  const kubectl = kubectlOf(instance);
  const kinds = only ?? (await kubectl.run(['api-resources', '--verbs=list', '-o', 'name'])).split('\n');
  const searched = kinds.filter((kind) => kind !== 'secrets' && !kind.startsWith('kubeadmconfigs.'));
  return Promise.all(
    searched.map(async (kind) => ({
      where: kind,
      content: Buffer.from((await kubectl.try(['get', kind, '-A', '-o', 'json'])).stdout),
    })),
  );
}
