// An instance from nothing to ready and back to nothing: the plot of the lab. Every step looks first, so it can be cut anywhere.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureRecord, withInstanceLock, withMachineLock } from './allocation.ts';
import { ensureClusterApi } from './cluster-api.ts';
import { ensureControlPlane } from './control-plane.ts';
import { describeInstance } from './describe-instance.ts';
import type { Instance } from './describe-instance.ts';
import { restoreMachine } from './machine.ts';
import { cacheFolder, checkMachine, ensureParts, imagePart, podmanEnvironment, usualSystem } from './parts/index.ts';
import type { Parts } from './parts/index.ts';
import { listProcesses, stopProcess } from './processes.ts';
import { removeAllHosts, startAllHosts } from './start-hosts.ts';
import { instanceDir, kindOf, listInstances, readRecord } from './state.ts';
import type { HostKind, InstanceRecord } from './state.ts';
import { ensureTemporal } from './temporal.ts';

/** Says one line to whoever waits. */
export type OnProgress = (line: string) => void;

/** What to start. `controlPlane` and `temporal` default to true, `clusterApi` to what `controlPlane` is. */
export type StartOptions = {
  name: string;
  hosts: number;
  /** Folder mounted read-only at /opt/byo-bundles on every host. */
  bundleDir?: string;
  /** What the hosts are: containers unless it is said, or unless the instance has others already. */
  kind?: HostKind | undefined;
  controlPlane?: boolean;
  clusterApi?: boolean;
  temporal?: boolean;
  onProgress: OnProgress;
};

/**
 * Start what is asked for and does not run yet; on a running instance it costs a second and restarts what died.
 * Throws when the machine cannot carry a lab, naming what is missing.
 */
export async function startInstance(options: StartOptions): Promise<Instance> {
  const { name, onProgress } = options;
  const obstacles = await checkMachine();
  if (obstacles.length > 0)
    throw new Error(`this machine cannot carry the lab:\n${obstacles.map((o) => `- ${o}`).join('\n')}`);
  return withInstanceLock(name, sayWaiting(name, onProgress), async () => {
    const wish = { ...wishOf(options), kind: options.kind ?? readRecord(name)?.kind };
    const parts = await ensureParts({ only: partsOf(wish), onProgress });
    const record = await ensureRecord(wish, sayWaiting('this machine', onProgress));
    await finishAll([
      startManagement(record, parts, onProgress),
      startTemporal(record, parts, onProgress),
      startHosts(record, parts, onProgress),
    ]);
    return describeInstance(record, parts);
  });
}

/** An instance that `startInstance` made; starts nothing. Throws when there is none. */
export async function openInstance(name: string): Promise<Instance> {
  const record = readRecord(name);
  if (!record) throw new Error(`there is no instance ${name}: start it with lab up --instance ${name}`);
  const wish = { ...record, hosts: record.hosts.length };
  return describeInstance(record, await ensureParts({ only: partsOf(wish), onProgress: () => {} }));
}

/** End everything of an instance and forget it; with the last one the machine becomes as it was. Silent when none is there. */
export async function stopInstance(name: string, onProgress: OnProgress): Promise<void> {
  await withInstanceLock(name, sayWaiting(name, onProgress), async () => {
    const dir = instanceDir(name);
    const record = readRecord(name);
    for (const process of listProcesses(dir).toReversed()) {
      await stopProcess(dir, process.name);
      onProgress(`${process.name} ended`);
    }
    if (record && record.hosts.length > 0) {
      await removeAllHosts(record, podmanEnvironment(cacheFolder()));
      onProgress(`${record.hosts.length} hosts, their volumes and network removed`);
    }
    await withMachineLock(sayWaiting('this machine', onProgress), async () => forgetInstance(name, onProgress));
  });
}

async function forgetInstance(name: string, onProgress: OnProgress): Promise<void> {
  if (existsSync(instanceDir(name))) rmSync(instanceDir(name), { recursive: true, force: true });
  if (listInstances().length > 0) return;
  for (const line of await restoreMachine(join(cacheFolder(), 'containers', 'storage'))) onProgress(line);
}

type Wish = Parameters<typeof ensureRecord>[0];

function wishOf(options: StartOptions): Wish {
  const { name, hosts, bundleDir, controlPlane = true, temporal = true } = options;
  const clusterApi = options.clusterApi ?? controlPlane;
  return {
    name,
    hosts,
    controlPlane: controlPlane || clusterApi,
    clusterApi,
    temporal,
    ...(bundleDir === undefined ? {} : { bundleDir }),
  };
}

function partsOf(wish: Pick<Wish, 'hosts' | 'kind' | 'controlPlane' | 'clusterApi' | 'temporal'>): string[] {
  const host = kindOf(wish) === 'machine' ? ['machine-kernel', imagePart(usualSystem)] : ['host-image'];
  return [
    ...(wish.controlPlane ? ['kubernetes', 'etcd'] : []),
    ...(wish.clusterApi ? ['cluster-api', 'components'] : []),
    ...(wish.temporal ? ['temporal'] : []),
    ...(wish.hosts > 0 ? host : []),
  ];
}

async function startManagement(record: InstanceRecord, parts: Parts, onProgress: OnProgress): Promise<void> {
  if (!record.controlPlane) return;
  await timed('management plane ready', onProgress, async () => ensureControlPlane(record, binaryOf(parts)));
  if (record.clusterApi)
    await timed('Cluster API ready', onProgress, async () =>
      ensureClusterApi(record, { binary: binaryOf(parts), components: (provider) => parts.components(provider) }),
    );
}

async function startTemporal(record: InstanceRecord, parts: Parts, onProgress: OnProgress): Promise<void> {
  if (record.temporal) await timed('Temporal ready', onProgress, async () => ensureTemporal(record, binaryOf(parts)));
}

async function startHosts(record: InstanceRecord, parts: Parts, onProgress: OnProgress): Promise<void> {
  if (record.hosts.length === 0) return;
  await timed(`${record.hosts.length} hosts ready`, onProgress, async () => {
    await startAllHosts(record, parts);
  });
}

function binaryOf(parts: Parts): (name: string) => string {
  return (name) => parts.binary(name);
}

async function timed(what: string, onProgress: OnProgress, action: () => Promise<void>): Promise<void> {
  const begin = performance.now();
  await action();
  onProgress(`${what} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
}

// All are let finish first: an error must not leave work going on behind the caller's back.
async function finishAll(tracks: Promise<void>[]): Promise<void> {
  const failures = (await Promise.allSettled(tracks)).flatMap((track) =>
    track.status === 'rejected' ? [track.reason] : [],
  );
  const [first, ...others] = failures.map((reason) => (reason instanceof Error ? reason : new Error(String(reason))));
  if (first && others.length > 0)
    throw new AggregateError([first, ...others], [first, ...others].map((e) => e.message).join('\n'));
  if (first) throw first;
}

function sayWaiting(what: string, onProgress: OnProgress): () => void {
  return () => onProgress(`waiting for another lab command on ${what}`);
}
