// sha256 of large files without holding them: the agent lives in less memory than one kubelet binary has bytes.
import type { Host } from '../host/host.ts';
import { mustRun } from './must-run.ts';

/** sha256 (hex) of a file by coreutils' sha256sum; undefined when there is no file. */
export async function hashFile(host: Host, path: string): Promise<string | undefined> {
  if (!(await host.stat(path))) return undefined;
  return (await mustRun(host, ['sha256sum', path])).stdout.slice(0, 64);
}
