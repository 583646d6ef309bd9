// Which Temporal tasks this agent carries out, noted where its next life finds them: an agent that was killed cannot say so.
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PendingTasks } from '../../activities/host/index.ts';
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { isMissing } from '../../common/system-error.ts';

/** `list` is for a life that has taken none itself yet: all of them are its predecessor's. It never rejects either. */
export type NotedTasks = PendingTasks & { list: () => Promise<Uint8Array[]> };

/**
 * One file a task, named by its token's hash. Not synced: what a power loss takes costs the rest of a heartbeat's timeout
 * and nothing else, which is also why a disk that is full stops no order. A token is sealed by the gateway for this host
 * and opens nothing to others.
 */
export function createPendingTasks(folder: string, log: Logger): NotedTasks {
  const pathOf = (token: Uint8Array): string => join(folder, nameOf(token));
  return {
    note: (token) => orTell(log, undefined, () => writeNote(folder, pathOf(token), token)),
    remove: (token) => orTell(log, undefined, () => rm(pathOf(token), { force: true })),
    list: () => orTell(log, [], () => readNotes(folder)),
  };
}

function nameOf(token: Uint8Array): string {
  return createHash('sha256').update(token).digest('hex');
}

async function writeNote(folder: string, path: string, token: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(path, token, { mode: 0o600 });
}

/** The power may have gone in the middle of a note: one that is not whole is no token, and is removed. */
async function readNotes(folder: string): Promise<Uint8Array[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const tokens: Uint8Array[] = [];
  for (const name of names) {
    const token = await readFile(join(folder, name));
    if (nameOf(token) === name) tokens.push(token);
    else await rm(join(folder, name), { force: true });
  }
  return tokens;
}

async function orTell<Value>(log: Logger, otherwise: Value, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (error) {
    const message = 'the notes of what is in hand cannot be kept; an order that is cut off comes again after a minute';
    log.warn({ error: describeError(error) }, message);
    return otherwise;
  }
}
