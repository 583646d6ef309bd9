// The cache key of a part: a short hash over all that decides its content, so that an edit rebuilds what it touches only.
import { createHash } from 'node:crypto';

/** What goes into a key. `needs` are the keys of the parts used, `sources` our own files (path, content). */
export type KeyInput = {
  name: string;
  version: string;
  architecture: string;
  recipe: unknown;
  sources: readonly { path: string; content: string }[];
  needs: readonly string[];
};

/** Folder name of a part: its version and twelve hex digits of the hash of its recipe. */
export function recipeKey(input: KeyInput): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(sorted(input)))
    .digest('hex')
    .slice(0, 12);
  return `${input.version}-${hash}`;
}

/** Same content, same text: object keys in one order at every depth. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, sorted(entry)]));
}
