// Small files of the machine as text.
import type { Host } from '../host/host.ts';

/** Undefined when there is no such file. */
export async function readText(host: Pick<Host, 'readFile'>, path: string): Promise<string | undefined> {
  return (await host.readFile(path))?.toString('utf8');
}
