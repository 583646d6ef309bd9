// Whose socket is at the other end of a loopback connection: any local user can reach a loopback port.
import { readdir, readFile, readlink } from 'node:fs/promises';
import { isMissing } from '../../common/system-error.ts';

/** Both ends as the peer's own entry shows them: its port first. IPv4 loopback, plain or mapped into IPv6. */
export type Ends = { peerPort: number; listenPort: number };

/** True when the peer's socket is open in this very process, and the connection is not already over. */
export async function isOwnSocket(ends: Ends): Promise<boolean> {
  const tables = await Promise.all(['/proc/self/net/tcp', '/proc/self/net/tcp6'].map(readTable));
  const inode = findInode(tables.join('\n'), ends);
  return inode !== undefined && (await hasDescriptor(`socket:[${inode}]`));
}

/** Inode of the peer's socket in the text of /proc/net/tcp and tcp6 (proc(5)); undefined when it is not there, or gone. */
function findInode(table: string, { peerPort, listenPort }: Ends): string | undefined {
  const ends = [endOf(peerPort), endOf(listenPort)];
  for (const line of table.split('\n')) {
    const fields = line.trim().split(/\s+/);
    const [local, remote, inode] = [fields[1] ?? '', fields[2] ?? '', fields[9]];
    if (ends[0]?.test(local) && ends[1]?.test(remote) && inode !== '0') return inode;
  }
  return undefined;
}

/** Addresses stand there in host byte order: 0100007F is 127.0.0.1 on little-endian machines, which all of ours are. */
function endOf(port: number): RegExp {
  return new RegExp(`^(0000000000000000FFFF0000)?0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}$`);
}

async function readTable(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // A kernel without IPv6 has no tcp6.
    if (isMissing(error)) return '';
    throw error;
  }
}

async function hasDescriptor(target: string): Promise<boolean> {
  const names = await readdir('/proc/self/fd');
  // Descriptors close while we look: one that is gone is not the one.
  const targets = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
  return targets.includes(target);
}
