import { expect, test } from 'vitest';
import { writesBetween } from './api-requests.ts';

test('writes of others, for each machine: reads, what the bench asked for and what is rare are left out', () => {
  const before = new Map([['PATCH byohosts', 10]]);
  const after = new Map([
    ['PATCH byohosts', 50],
    ['APPLY byohosts/status', 30],
    ['GET byohosts', 1000],
    ['POST namespaces', 0.05],
  ]);
  const own = new Map([['PATCH byohosts', 20]]);
  expect(writesBetween({ before, after, own }, 10)).toEqual({ 'APPLY byohosts/status': 3, 'PATCH byohosts': 2 });
});
