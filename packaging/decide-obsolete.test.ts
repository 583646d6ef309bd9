import { expect, test } from 'vitest';
import { decideObsolete } from './decide-obsolete.ts';

const HOUR = 60 * 60_000;
const build = (name: string, hours: number) => ({ name, madeMs: -hours * HOUR });

test('the last three builds stay, since somebody may still run one; so do those of the last hour', () => {
  const old = [build('a', 9), build('b', 3), build('c', 5), build('d', 2), build('e', 400)];
  expect(decideObsolete(old, 0)).toEqual(['a', 'e']);
  expect(decideObsolete([build('a', 0.1), build('b', 0.2), build('c', 0.3), build('d', 0.4)], 0)).toEqual([]);
  expect(decideObsolete([], 0)).toEqual([]);
});
