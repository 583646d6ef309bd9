// What a host is like at one moment: files with their content, kernel settings, network, rules, units, packages, programs.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { HostHandle } from '../lab/index.ts';

/** Everything that is looked at; the script beside this file says how each is read. */
export const SNAPSHOT_KINDS = [
  'file',
  'sysctl',
  'mount',
  'link',
  'address',
  'route',
  'rule',
  'unit',
  'package',
  'module',
  'process',
] as const;
export type SnapshotKind = (typeof SNAPSHOT_KINDS)[number];

/** Per kind: what is there, by its name, and what it is like. A file's value ends with the SHA-256 of its content. */
export const HostSnapshot = z.record(z.enum(SNAPSHOT_KINDS), z.record(z.string(), z.string()));
export type HostSnapshot = z.infer<typeof HostSnapshot>;

const SCRIPT = fileURLToPath(new URL('host-snapshot.sh', import.meta.url));

/** Looks at the host; some seconds, for every file is hashed. Throws when the script fails or a kind is missing. */
export async function takeSnapshot(host: HostHandle): Promise<HostSnapshot> {
  const { stdout, stderr, exitCode } = await host.exec(['sh'], { input: await readFile(SCRIPT, 'utf8') });
  if (exitCode !== 0) throw new Error(`the snapshot of ${host.name} ended with ${exitCode}: ${stderr.slice(-2000)}`);
  return parseSnapshot(stdout);
}

/** Reads the records `kind TAB value TAB key NUL`. Throws when nothing at all was told of a kind that every machine has. */
export function parseSnapshot(text: string): HostSnapshot {
  const found = new Map<string, Map<string, string>>(SNAPSHOT_KINDS.map((kind) => [kind, new Map()]));
  for (const record of text.split('\0').filter(Boolean)) {
    const [kind = '', value = '', ...key] = record.split('\t');
    put(found, kind, { value, key: key.join('\t') });
  }
  for (const kind of EVERYWHERE) {
    if (found.get(kind)?.size === 0) throw new Error(`the snapshot tells no ${kind}: is a tool missing on the host?`);
  }
  return HostSnapshot.parse(
    Object.fromEntries([...found].map(([kind, entries]) => [kind, Object.fromEntries(entries)])),
  );
}

/** Modules may all be built in, and a machine may have neither rules nor a package manager that we know. */
const EVERYWHERE = ['file', 'sysctl', 'mount', 'link', 'address', 'route', 'unit', 'process'] as const;

function put(found: Map<string, Map<string, string>>, kind: string, entry: { key: string; value: string }): void {
  if (kind === 'hash') {
    const files = found.get('file');
    files?.set(entry.key, `${files.get(entry.key) ?? ''} ${entry.value}`);
    return;
  }
  const entries = found.get(kind);
  if (!entries) throw new Error(`the snapshot tells of an unknown kind: ${kind.slice(0, 40)}`);
  entries.set(entry.key, entry.value);
}
