// Which Temporal tasks this agent carries out, noted where its next life finds them: an agent that was killed cannot say so.
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TasksInHand } from '../../activities/host/index.ts';
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { isMissing } from '../host/durable-file.ts';

/** `list` is for a life that has taken none itself yet: all of them are its predecessor's. */
export type NotedTasks = TasksInHand & { list: () => Promise<Uint8Array[]> };

/**
 * One file a task. Not synced: what a power loss takes costs the rest of a heartbeat's timeout and nothing else, which is
 * also why a disk that is full stops no order. A token is sealed by the gateway for this host and opens nothing to others.
 */
export function createTasksInHand(folder: string, log: Logger): NotedTasks {
  const pathOf = (token: Uint8Array): string => join(folder, createHash('sha256').update(token).digest('hex'));
  return {
    note: (token) => tryOrTell(log, () => writeNote(folder, pathOf(token), token)),
    strike: (token) => tryOrTell(log, () => rm(pathOf(token), { force: true })),
    list: () => readNotes(folder),
  };
}

async function writeNote(folder: string, path: string, token: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(path, token, { mode: 0o600 });
}

async function readNotes(folder: string): Promise<Uint8Array[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}

async function tryOrTell(log: Logger, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    log.warn(
      { error: describeError(error) },
      'a task in hand could not be noted; a death now costs a heartbeat timeout',
    );
  }
}
