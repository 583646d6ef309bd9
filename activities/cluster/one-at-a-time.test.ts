import { expect, test } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

test('a group waits for its own runs and for those of no other', async () => {
  const begun: string[] = [];
  const held = Promise.withResolvers<void>();
  const run = oneAtATime(
    async (name: string) => {
      begun.push(name);
      if (name === 'a1') await held.promise;
      if (name === 'a2') throw new Error('failed');
      return name;
    },
    (name) => name.slice(0, 1),
  );
  const [a1, a2, a3] = [run('a1'), run('a2'), run('a3')];
  // Another namespace's claim is made while the first one still hangs.
  expect(await run('b1')).toBe('b1');
  expect(begun).toEqual(['a1', 'b1']);
  held.resolve();
  expect(await a1).toBe('a1');
  await expect(a2).rejects.toThrow('failed');
  expect(await a3).toBe('a3');
  expect(begun).toEqual(['a1', 'b1', 'a2', 'a3']);
});
