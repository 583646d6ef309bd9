// SSH into a machine of the lab: the command lines, and a key of the instance's own.
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runChecked } from '../spawn.ts';

/** Where a machine answers and by which key. */
export type SshTarget = { address: string; keyFile: string };

/** Nobody else is on this bridge, and a machine that was made anew has new host keys: they are not kept. */
function optionsOf({ keyFile }: SshTarget): string[] {
  const options = {
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    LogLevel: 'ERROR',
    BatchMode: 'yes',
    IdentitiesOnly: 'yes',
    ConnectTimeout: '10',
    ServerAliveInterval: '5',
    // A machine that is busy importing images does not answer for a while.
    ServerAliveCountMax: '24',
  };
  return ['-i', keyFile, ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

/** `ssh` that runs a program with exactly these arguments; pure. */
export function sshCommand(target: SshTarget, argv: readonly string[], terminal = false): string[] {
  const options = [...optionsOf(target), ...(terminal ? ['-t'] : [])];
  return ['ssh', '-F', 'none', ...options, `root@${target.address}`, '--', argv.map(quote).join(' ')];
}

/** `scp` of a file or folder to a path there; pure. */
export function scpCommand(target: SshTarget, from: string, to: string): string[] {
  return ['scp', '-F', 'none', '-q', '-r', ...optionsOf(target), from, `root@${target.address}:${to}`];
}

/** A word as the shell at the other end reads it back. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The instance's key, made once; gives the public half. */
export async function ensureKey(folder: string): Promise<{ keyFile: string; publicKey: string }> {
  const keyFile = join(folder, 'ssh', 'id_ed25519');
  if (!existsSync(keyFile)) {
    await mkdir(join(folder, 'ssh'), { recursive: true, mode: 0o700 });
    await runChecked(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'byo-lab', '-f', `${keyFile}.new`]);
    renameSync(`${keyFile}.new.pub`, `${keyFile}.pub`);
    renameSync(`${keyFile}.new`, keyFile);
  }
  return { keyFile, publicKey: readFileSync(`${keyFile}.pub`, 'utf8').trim() };
}
