// The token comes from a file or a pipe: everybody on a machine may read command lines and, often, environments.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { removeFileDurably } from '../../common/durable-file.ts';

export type TokenSource = {
  read: () => Promise<string>;
  /** After the host is enrolled: the token is of no more use here, and should not lie about. */
  discard: () => Promise<void>;
};

/** `file` is a path, or `-` for standard input. */
export function openToken(file: string): TokenSource {
  if (file === '-') return { read: () => text(process.stdin), discard: async () => undefined };
  return { read: () => readFile(file, 'utf8'), discard: () => removeFileDurably(file) };
}
