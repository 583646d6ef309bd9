// sha256 of large files without holding them: the agent lives in less memory than one kubelet binary has bytes.
import { createHash } from 'node:crypto';
import type { Host } from '../host/host.ts';
import { runCommand } from './run-command.ts';

/** sha256 (hex) of a file by coreutils' sha256sum; undefined when there is no file. */
export async function hashFile(host: Host, path: string): Promise<string | undefined> {
  if (!(await host.stat(path))) return undefined;
  return (await runCommand(host, ['sha256sum', path])).stdout.slice(0, 64);
}

/** sha256 (hex) of a stream's bytes, read to its end. */
export async function hashStream(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of stream) hash.update(part);
  return hash.digest('hex');
}
