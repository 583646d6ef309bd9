import { expect, test } from 'vitest';
import { severalAtOnce } from './several-at-once.ts';

test('every item once and in order, never more than so many at a time', async () => {
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  await severalAtOnce([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    begun.push(item);
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
  });
  expect([begun, most, running]).toEqual([[1, 2, 3, 4, 5, 6, 7], 3, 0]);
});

test('after a failure nothing is begun, and it is told when what had begun has ended', async () => {
  const begun: string[] = [];
  const slow = Promise.withResolvers<void>();
  let isSlowOver = false;
  const all = severalAtOnce(['slow', 'bad', 'never'], 2, async (item) => {
    begun.push(item);
    if (item === 'bad') throw new Error('it is bad');
    await slow.promise;
    isSlowOver = true;
  });
  setTimeout(slow.resolve, 20);
  await expect(all).rejects.toThrow('it is bad');
  expect([begun, isSlowOver]).toEqual([['slow', 'bad'], true]);
});

test('nothing to do is done', async () => {
  await expect(severalAtOnce([], 4, () => Promise.reject(new Error('asked')))).resolves.toBeUndefined();
});
