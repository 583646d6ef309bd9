// Files that others have written and that we only understand when they are small and plain.
import type { Host } from './host.ts';

/** Far above every manifest, kubeconfig and environment file that a person or kubeadm writes. */
const MAX_BYTES = 256 * 1024;

/** The text of a regular file that is not larger than any real one of its kind; undefined for all else, links too. */
export async function readSmallFile(host: Pick<Host, 'stat' | 'readFile'>, path: string): Promise<string | undefined> {
  const stat = await host.stat(path);
  if (stat?.kind !== 'file' || stat.size > MAX_BYTES) return undefined;
  return (await host.readFile(path))?.toString('utf8');
}
