// A search that finds a secret in any usual dress.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A text to search and where it came from. */
export type Haystack = { where: string; content: Buffer };

/**
 * The forms in which a secret may stand: as it is, with escaped newlines, in base64 at any of the three offsets, and that
 * in base64 again, as a payload is shown that holds a base64 document.
 */
export function formsOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  const escaped = Buffer.from(secret.replaceAll('\n', String.raw`\n`));
  const once = encodedForms(bytes);
  const forms = [bytes, escaped, ...once, ...once.flatMap(encodedForms)].filter((form) => form.length >= 12);
  return forms.filter((form, at) => forms.findIndex((other) => other.equals(form)) === at);
}

function encodedForms(bytes: Buffer): Buffer[] {
  return [0, 1, 2].map((pad) => {
    const text = Buffer.concat([Buffer.alloc(pad), bytes]).toString('base64');
    // The first and last groups depend on the neighbours of the secret, so only the middle is certain.
    return Buffer.from(text.slice(pad === 0 ? 0 : 4, -4));
  });
}

/** Every place that holds the secret in some form. */
export function findSecret(haystacks: Haystack[], secret: string): string[] {
  const forms = formsOf(secret);
  return haystacks.filter(({ content }) => forms.some((form) => content.includes(form))).map(({ where }) => where);
}

/** All files below a folder that `accept` takes, as haystacks. */
export async function readFolder(folder: string, accept: (path: string) => boolean): Promise<Haystack[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.filter(accept).map(async (where) => ({ where, content: await readFile(where) })));
}
