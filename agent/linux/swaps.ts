// The one reader of /proc/swaps (proc(5)).
import type { Host } from '../host/host.ts';
import { readText } from './read-text.ts';
import { unescapeField } from './unescape-field.ts';

/** `device`: a block device or a file. Negative priorities are the kernel's own. */
export type Swap = { device: string; priority: number };

/** Swaps in use: name, type, size, used and priority below a heading; blanks in names are octal. */
export async function readSwaps(host: Pick<Host, 'readFile'>): Promise<Swap[]> {
  const lines = ((await readText(host, '/proc/swaps')) ?? '').split('\n').slice(1);
  return lines.filter(Boolean).map((line) => {
    const [name = '', , , , priority] = line.split(/\s+/);
    return { device: unescapeField(name), priority: Number(priority ?? -1) };
  });
}
