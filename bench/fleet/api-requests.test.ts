import { expect, test } from 'vitest';
import { requestsOf } from './api-requests.ts';

test('requests of others, for each machine: what the bench asked for and what is rare are left out', () => {
  const before = new Map([['PATCH byohosts', 10]]);
  const after = new Map([
    ['PATCH byohosts', 50],
    ['APPLY byohosts/status', 30],
    ['GET byohosts', 1000],
    ['POST namespaces', 0.05],
  ]);
  const own = new Map([['PATCH byohosts', 20]]);
  const spent = { before, after, own };
  expect(requestsOf('writes', spent, 10)).toEqual({ 'APPLY byohosts/status': 3, 'PATCH byohosts': 2 });
  expect(requestsOf('reads', spent, 10)).toEqual({ 'GET byohosts': 100 });
});
