import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { handBackTasks, type TaskService } from './hand-back.ts';
import { createPendingTasks } from './pending-tasks.ts';

const log = pino({ enabled: false });
const bytes = (text: string): Uint8Array => Buffer.from(text);
const newFolder = async () => join(await mkdtemp(join(tmpdir(), 'in-hand-')), 'in-hand');

/** Answers each task with the gRPC status of its token, or takes it; `given` are the tokens that it was given. */
function createService(answers: Record<string, number> = {}) {
  const given: string[] = [];
  const connection: TaskService = {
    withDeadline: (_, ask) => ask(),
    workflowService: {
      async respondActivityTaskFailed({ taskToken }) {
        const token = Buffer.from(taskToken).toString();
        given.push(token);
        if (token in answers) throw Object.assign(new Error('no'), { code: answers[token] });
      },
    },
  };
  return { given, connection };
}

test('what a dead agent had in hand is handed back once; what was answered is not', async () => {
  const folder = await newFolder();
  const dead = createPendingTasks(folder, log);
  for (const token of ['cut off', 'done']) await dead.note(bytes(token));
  await dead.remove(bytes('done'));
  const { given, connection } = createService();
  const tasks = createPendingTasks(folder, log);
  await handBackTasks({ connection, hostID: 'h', tasks, log });
  await handBackTasks({ connection, hostID: 'h', tasks, log });
  expect(given).toEqual(['cut off']);
});

test('a task for which nobody waits is forgotten; one that could not be told stays for the next life', async () => {
  const folder = await newFolder();
  const tasks = createPendingTasks(folder, log);
  for (const token of ['over', 'away', 'fine']) await tasks.note(bytes(token));
  const { given, connection } = createService({ over: status.NOT_FOUND, away: status.UNAVAILABLE });
  await handBackTasks({ connection, hostID: 'h', tasks, log });
  expect(given.toSorted()).toEqual(['away', 'fine', 'over']);
  expect((await tasks.list()).map(String)).toEqual([String(bytes('away'))]);
});

test('a note that is not whole is no task, and is gone', async () => {
  const folder = await newFolder();
  const tasks = createPendingTasks(folder, log);
  await tasks.note(bytes('whole'));
  await writeFile(join(folder, '0'.repeat(64)), 'torn');
  expect((await tasks.list()).map(String)).toEqual([String(bytes('whole'))]);
  expect(await readdir(folder)).toHaveLength(1);
});

test('without a folder there is nothing in hand, and where none can be made no order is held up', async () => {
  const folder = await newFolder();
  expect(await createPendingTasks(folder, log).list()).toEqual([]);
  await writeFile(folder, 'a file is in the way');
  const tasks = createPendingTasks(folder, log);
  await tasks.note(bytes('x'));
  await tasks.remove(bytes('x'));
  expect(await readdir(join(folder, '..'))).toEqual(['in-hand']);
});
