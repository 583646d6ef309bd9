// What the owner of the machine has said of content in a zone: it stays, or it may go. A file on the host, for root alone to
// write, since nobody else can know.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ByoError, printable } from '../../common/errors.ts';
import { writeFileDurably } from '../../common/durable-file.ts';
import type { Host } from '../host/host.ts';
import { emptyFolder } from './empty-folder.ts';
import { resolveZones, ZONES } from './zones.ts';

export const ACCEPTED_ZONES_FILE = '/etc/byo-agent/accepted-zones';

/** `keep`: the host may be claimed, what stands there stays. `delete`: it goes as soon as a cluster takes the host. */
export type Acceptance = 'keep' | 'delete';

/** By the zone's own path. */
export type AcceptedZones = Map<string, Acceptance>;

const HEADING = `# Folders of a node that hold something else: "keep PATH" or "delete PATH". See byo-agent accept-zone --help.\n`;

/** Lines `keep PATH` and `delete PATH`; what is neither says nothing. Pure. */
export function parseAcceptedZones(text: string): AcceptedZones {
  const lines = [...text.matchAll(/^(keep|delete) (\/\S+)$/gm)];
  return new Map(lines.map(([, word, path = '']) => [path, word === 'keep' ? 'keep' : 'delete']));
}

export async function readAcceptedZones(host: Pick<Host, 'readFile'>): Promise<AcceptedZones> {
  return parseAcceptedZones((await host.readFile(ACCEPTED_ZONES_FILE))?.toString('utf8') ?? '');
}

/** Undefined takes an acceptance back. @throws ByoError `HostUnfit` for a path that is no zone */
export async function acceptZone(
  host: Pick<Host, 'readFile' | 'root'>,
  path: string,
  how: Acceptance | undefined,
): Promise<void> {
  if (!ZONES.includes(path)) {
    throw new ByoError('HostUnfit', `${printable(path, 256)} is no folder that a node fills`, {
      remedy: `Name one of ${ZONES.join(', ')}`,
      retryable: false,
    });
  }
  const accepted = await readAcceptedZones(host);
  accepted.delete(path);
  if (how) accepted.set(path, how);
  await writeAcceptedZones(host, accepted);
}

async function writeAcceptedZones({ root = '' }: Pick<Host, 'root'>, accepted: AcceptedZones): Promise<void> {
  const path = join(root, ACCEPTED_ZONES_FILE);
  const lines = [...accepted].map(([zone, how]) => `${how} ${zone}\n`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFileDurably(path, HEADING + lines.join(''), { mode: 0o644 });
}

/**
 * Before the baseline of a claim: what may go goes, and the word is used up with it, since it was said of what stood there
 * then. Done again after a crash in between, it finds an empty folder. @throws ByoError `ResetBlocked` at a mount
 */
export async function clearAcceptedZones(host: Host): Promise<void> {
  const accepted = await readAcceptedZones(host);
  const paths = [...accepted].filter(([path, how]) => how === 'delete' && ZONES.includes(path)).map(([path]) => path);
  for (const { path, real } of await resolveZones(host, paths)) {
    await emptyFolder(host.root ?? '', { path: real, kept: new Set() });
    await acceptZone(host, path, undefined);
  }
}
