// A passphrase, never from an argument or the environment, which other users of the machine can read.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { UsageError } from './usage-error.ts';

const LEAST = 12;

/** `file`: its first line; `-`: that of standard input; left out: asked for on the terminal, `twice` for a new one. */
export async function readPassphrase(file: string | undefined, { twice }: { twice: boolean }): Promise<string> {
  const passphrase = file === undefined ? await ask(twice) : firstLine(await read(file));
  if (passphrase.length >= LEAST) return passphrase;
  throw new UsageError(
    `the passphrase has fewer than ${LEAST} characters`,
    'Use a longer one: the file opens every host',
  );
}

function read(file: string): Promise<string> {
  return file === '-' ? text(process.stdin) : readFile(file, 'utf8');
}

function firstLine(content: string): string {
  return content.split(/\r?\n/, 1)[0] ?? '';
}

async function ask(twice: boolean): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      'there is no terminal to ask for a passphrase on',
      'Use --passphrase-file FILE, or - for stdin',
    );
  }
  const first = await askOnce('Passphrase: ');
  if (!twice || first === (await askOnce('Once more: '))) return first;
  throw new UsageError('the two passphrases differ', 'Try again');
}

async function askOnce(question: string): Promise<string> {
  process.stderr.write(question);
  // What is typed is shown by readline alone, and goes nowhere.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
