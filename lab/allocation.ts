// Gives an instance its place on the machine: index, subnet, ports, host addresses. Written down before anything is made.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.ts';
import { recordMachine } from './machine.ts';
import { arePortsFree, chooseIndex, hostAddress, overlapsRoutes, planIndex } from './ports.ts';
import { runChecked } from './spawn.ts';
import { kindOf, listInstances, readRecord, stateRoot, writeRecord } from './state.ts';
import type { HostKind, HostRecord, InstanceRecord } from './state.ts';

/** What an instance is to have. Asking again adds; nothing that an instance has is taken from it but by `down`. */
export type Wish = {
  name: string;
  hosts: number;
  bundleDir?: string;
  kind?: HostKind | undefined;
  controlPlane: boolean;
  clusterApi: boolean;
  temporal: boolean;
};

/** Addresses .11 to .250 of the subnet. */
const MOST_HOSTS = 240;

/** The record of the instance, made or extended to fit the wish. Safe with several callers at once. */
export async function ensureRecord(wish: Wish, onWait: () => void): Promise<InstanceRecord> {
  return withMachineLock(onWait, async () => {
    const old = readRecord(wish.name);
    if (!old) await recordMachine();
    const record = extendRecord(old ?? (await newRecord(wish.name)), wish);
    if (JSON.stringify(old) !== JSON.stringify(record)) writeRecord(record);
    return record;
  });
}

/** One allocation or farewell at a time on this machine. */
export async function withMachineLock<T>(onWait: () => void, action: () => Promise<T>): Promise<T> {
  return withLock(lockFile('machine'), onWait, action);
}

/** One `up` or `down` of an instance at a time. */
export async function withInstanceLock<T>(name: string, onWait: () => void, action: () => Promise<T>): Promise<T> {
  return withLock(lockFile(`instance-${name}`), onWait, action);
}

/** The record with what the wish adds; pure. Throws when the wish asks for too many hosts, another kind or another bundle folder. */
export function extendRecord(record: InstanceRecord, wish: Wish): InstanceRecord {
  if (wish.hosts > MOST_HOSTS) throw new Error(`at most ${MOST_HOSTS} hosts fit into ${record.subnet}`);
  const bundleDir = wish.bundleDir ?? record.bundleDir;
  if (bundleDir !== record.bundleDir && record.hosts.length > 0) {
    throw new Error(
      `the hosts of ${record.name} were made with another bundle folder: lab down --instance ${record.name} first`,
    );
  }
  const kind = decideKind(record, wish);
  const hosts = Array.from({ length: Math.max(wish.hosts, record.hosts.length) }, (_, i) => planHost(record, i + 1));
  return {
    ...record,
    controlPlane: record.controlPlane || wish.controlPlane,
    clusterApi: record.clusterApi || wish.clusterApi,
    temporal: record.temporal || wish.temporal,
    ...(bundleDir === undefined ? {} : { bundleDir }),
    ...(kind === undefined ? {} : { kind }),
    hosts,
  };
}

/** A bridge is podman's or the lab's own, hence all hosts of an instance are of one kind. */
function decideKind(record: InstanceRecord, { kind }: Wish): HostKind | undefined {
  if (kind === undefined || kind === kindOf(record) || record.hosts.length === 0) return kind ?? record.kind;
  throw new Error(`the hosts of ${record.name} are of the kind ${kindOf(record)}: take another --instance beside it`);
}

function planHost(record: InstanceRecord, nth: number): HostRecord {
  const name = `host${nth}`;
  return { name, container: `byo-${record.name}-${name}`, address: hostAddress(record.index, nth) };
}

async function newRecord(name: string): Promise<InstanceRecord> {
  const taken = listInstances().flatMap((other) => readRecord(other)?.index ?? []);
  const routes = (await runChecked(['ip', '-4', 'route', 'show', 'table', 'all'])).split('\n');
  const isFree = async (index: number): Promise<boolean> =>
    !overlapsRoutes(index, routes) && (await arePortsFree(planIndex(index).ports));
  const index = await chooseIndex(taken, isFree);
  const nothing = { controlPlane: false, clusterApi: false, temporal: false, hosts: [] };
  return { version: 1, name, index, ...planIndex(index), network: `byo-${name}`, ...nothing };
}

function lockFile(name: string): string {
  const folder = join(stateRoot(), '.locks');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return join(folder, `${name}.lock`);
}
