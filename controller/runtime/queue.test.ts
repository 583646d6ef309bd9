import { expect, test, vi } from 'vitest';
import { createLogger } from '../../common/log.ts';
import { Queue, type Result } from './queue.ts';

const log = createLogger('test', 'silent');

test('one object is never reconciled twice at once, and news during a run are not lost', async () => {
  const gates: PromiseWithResolvers<Result>[] = [];
  const queue = new Queue({
    log,
    run: () => {
      const gate = Promise.withResolvers<Result>();
      gates.push(gate);
      return gate.promise;
    },
  });
  for (let times = 0; times < 5; times += 1) queue.add('a');
  await vi.waitFor(() => expect(gates).toHaveLength(1), 10_000);
  queue.add('a');
  queue.add('a');
  gates[0]?.resolve({});
  await vi.waitFor(() => expect(gates).toHaveLength(2), 10_000);
  gates[1]?.resolve({});
  await vi.waitFor(() => expect(queue.size).toBe(0), 10_000);
  expect(gates).toHaveLength(2);
});

test('objects run beside each other up to the limit', async () => {
  let running = 0;
  let most = 0;
  const done: string[] = [];
  const queue = new Queue({
    log,
    concurrency: 2,
    run: async (key) => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      done.push(key);
      return {};
    },
  });
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
  await vi.waitFor(() => expect(done).toHaveLength(4), 10_000);
  expect(most).toBe(2);
});

test('a failure is tried again, and a quiet object leaves nothing behind', async () => {
  let runs = 0;
  const queue = new Queue({
    log,
    backoffMs: { first: 1, longest: 2 },
    run: () => (runs++ < 2 ? Promise.reject(new Error('not yet')) : Promise.resolve({})),
  });
  queue.add('a');
  await vi.waitFor(() => expect(runs).toBe(3), 10_000);
  await vi.waitFor(() => expect(queue.size).toBe(0), 10_000);
});

test('news during a pause are not made to wait', async () => {
  let runs = 0;
  const queue = new Queue({
    log,
    run: () => {
      runs += 1;
      return Promise.resolve(runs === 1 ? { againInMs: 3_600_000 } : {});
    },
  });
  queue.add('a');
  await vi.waitFor(() => expect(runs).toBe(1), 10_000);
  queue.add('a');
  await vi.waitFor(() => expect(runs).toBe(2), 10_000);
  await vi.waitFor(() => expect(queue.size).toBe(0), 10_000);
});
