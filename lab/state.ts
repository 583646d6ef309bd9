// What the lab remembers on disk: one folder an instance, its record, and where everything of it lives.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { portsSchema } from './ports.ts';

/** Name of an instance: part of container names, links and file names, hence short and plain. */
export const instanceName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,19}$/, 'an instance name is 1-20 characters of a-z, 0-9 and -, and starts with a letter');

/** One BYO host as `up` decided it; `address` is fixed for its whole life. */
const hostRecord = z.object({ name: z.string(), container: z.string(), address: z.ipv4() });
export type HostRecord = z.infer<typeof hostRecord>;

/** What a host is: a container on this machine's kernel, or a machine with a kernel of its own. */
export const hostKind = z.enum(['container', 'machine']);
export type HostKind = z.infer<typeof hostKind>;

/** instance.json: written before anything of the instance is made, so that `down` can always undo it. */
const instanceRecord = z.object({
  version: z.literal(1),
  name: instanceName,
  index: z.int().positive(),
  subnet: z.cidrv4(),
  gateway: z.ipv4(),
  ports: portsSchema,
  network: z.string(),
  /** Name of the bridge, known only once podman has made the network. */
  bridge: z.string().optional(),
  controlPlane: z.boolean(),
  clusterApi: z.boolean(),
  temporal: z.boolean(),
  bundleDir: z.string().optional(),
  /** Of all its hosts; containers unless it is said. */
  kind: hostKind.optional(),
  hosts: z.array(hostRecord),
});
export type InstanceRecord = z.infer<typeof instanceRecord>;

/** What the hosts of an instance are. */
export const kindOf = ({ kind }: Pick<InstanceRecord, 'kind'>): HostKind => kind ?? 'container';

/** Folder of all instances, 0700: `BYO_LAB_STATE` or /var/lib/byo-lab. */
export function stateRoot(): string {
  const root = process.env['BYO_LAB_STATE'] ?? '/var/lib/byo-lab';
  mkdirSync(root, { recursive: true, mode: 0o700 });
  return root;
}

/** Folder of one instance; not made here. */
export function instanceDir(name: string): string {
  return join(stateRoot(), instanceName.parse(name));
}

/** Names of the instances that have a record, sorted. */
export function listInstances(): string[] {
  const names = readdirSync(stateRoot()).filter((name) => instanceName.safeParse(name).success);
  return names.filter((name) => existsSync(recordFile(name))).toSorted();
}

/** The record of an instance, or undefined when there is none. Throws when the file is not what we wrote. */
export function readRecord(name: string): InstanceRecord | undefined {
  if (!existsSync(recordFile(name))) return undefined;
  const parsed = instanceRecord.safeParse(JSON.parse(readFileSync(recordFile(name), 'utf8')));
  if (!parsed.success)
    throw new Error(`${recordFile(name)} is not a record of this lab: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Write the record; whole or not at all. */
export function writeRecord(record: InstanceRecord): void {
  mkdirSync(instanceDir(record.name), { recursive: true, mode: 0o700 });
  writeFileAtomically(recordFile(record.name), `${JSON.stringify(record, null, 2)}\n`);
}

/** Write beside, then rename: a reader sees the old content or the new, never half. Mode 0600. */
export function writeFileAtomically(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function recordFile(name: string): string {
  return join(instanceDir(name), 'instance.json');
}
