// What can befall the management side as a whole: its etcd put back to an older copy, Temporal's database gone, an API
// server that is away. Written with what an operator would do, and no more.
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { waitForApiServer } from '../../../lab/control-plane.ts';
import type { Instance } from '../../../lab/index.ts';
import { killProcess, restartProcess } from '../../../lab/processes.ts';
import { readRecord } from '../../../lab/state.ts';
import { waitFor } from '../../../lab/wait.ts';
import { inNamespace } from './one-node.ts';

/** Everything of Kubernetes and Cluster API that remembers what it has read: restarted after a restore, as documented. */
const READERS = ['controller-manager', 'capi-core', 'capi-kubeadm-bootstrap', 'capi-kubeadm-control-plane'];

const folderOf = ({ dir }: Instance, copy?: string): string => join(dir, copy === undefined ? 'etcd' : `etcd-${copy}`);

/** Copies the data of etcd while it stands still. */
export async function backUp(instance: Instance, copy: string): Promise<void> {
  await withoutPlane(instance, () => cp(folderOf(instance), folderOf(instance, copy), { recursive: true }));
}

/** Puts a copy in the place of the data of etcd. Our controller and gateway run on, and notice by themselves. */
export async function putBack(instance: Instance, copy: string): Promise<void> {
  await withoutPlane(instance, async () => {
    await rm(folderOf(instance), { recursive: true });
    await cp(folderOf(instance, copy), folderOf(instance), { recursive: true });
  });
  for (const name of READERS) await restartProcess(instance.dir, name);
}

async function withoutPlane(instance: Instance, deed: () => Promise<void>): Promise<void> {
  for (const name of ['api-server', 'etcd']) await killProcess(instance.dir, name);
  await deed();
  await restartProcess(instance.dir, 'etcd');
  await startApiServer(instance);
}

/** Starts the API server again; back when it is ready. */
export async function startApiServer({ dir, name }: Instance): Promise<void> {
  await restartProcess(dir, 'api-server');
  const record = readRecord(name);
  if (!record) throw new Error(`instance ${name} is gone`);
  await waitForApiServer(record);
}

/** Temporal with an empty database: no workflow, no history. */
export async function loseTemporal({ dir }: Instance): Promise<void> {
  await killProcess(dir, 'temporal');
  for (const end of ['', '-wal', '-shm']) await rm(join(dir, `temporal.db${end}`), { force: true });
  await restartProcess(dir, 'temporal');
}

/**
 * Takes the conditions of a ByoHost away and waits until they are all there again: whatever the controller has to say of
 * this host now has been said.
 */
export async function seeReconciled(instance: Instance, host: string): Promise<void> {
  const none = JSON.stringify({ status: { conditions: [] } });
  await inNamespace(instance, ['patch', 'byohost', host, '--subresource=status', '--type=merge', '-p', none]);
  const types = ['get', 'byohost', host, '-o', 'jsonpath={.status.conditions[*].type}'];
  const probe = async (): Promise<string | undefined> => {
    const said = await inNamespace(instance, types);
    return ['Available', 'Connected', 'Fit', 'Quarantined'].every((type) => said.includes(type)) ? undefined : said;
  };
  await waitFor(`conditions of ${host}`, probe, { timeoutMs: 60_000, everyMs: 250 });
}
