import { expect, test } from 'vitest';
import { decideDelay, decideWait, retryOverLink } from './back-off.ts';
import { refusalOf } from './refusal.ts';

const fail = () => Promise.reject(new Error('never'));
const bounds = { least: 1000, most: 60_000 };

test('the wait doubles to its bound, and is drawn from all of it', () => {
  expect([0, 1, 5, 6, 1000].map((failures) => decideDelay(bounds, failures, 1))).toEqual([
    1000, 2000, 32_000, 60_000, 60_000,
  ]);
  expect(decideDelay(bounds, 3, 0)).toBe(0);
});

test('it tries until it succeeds, and tells of each failure', async () => {
  const told: string[] = [];
  let tries = 0;
  const attempt = async () => {
    tries += 1;
    if (tries < 4) throw new Error(`no ${tries}`);
    return 'yes';
  };
  const options = { least: 0, most: 0, signal: new AbortController().signal };
  expect(await retryOverLink(attempt, { ...options, onFailure: (error) => void told.push(String(error)) })).toBe('yes');
  expect(told).toEqual(['Error: no 1', 'Error: no 2', 'Error: no 3']);
});

test('an abort ends the wait at once', async () => {
  const controller = new AbortController();
  const onFailure = () => controller.abort(new Error('enough'));
  const options = { least: 1e9, most: 1e9, signal: controller.signal, onFailure };
  await expect(retryOverLink(fail, options)).rejects.toThrow(/abort|enough/);
  expect(controller.signal.aborted).toBe(true);
});

test('what the gateway asks for is heeded, and a plain no is not asked again soon', () => {
  const busy = refusalOf({ status: 429, body: '', retryAfter: '30' });
  expect(decideWait(bounds, 0, busy, 0)).toBe(30_000);
  expect(decideWait(bounds, 0, busy, 1)).toBe(31_000);
  const revoked = refusalOf({ status: 403, body: '{"reason":"Revoked","message":"gone","remedy":"ask"}' });
  expect(revoked.message).toBe('the gateway answered 403: gone');
  expect([0, 1].map((random) => decideWait(bounds, 0, revoked, random))).toEqual([30_000, 60_000]);
  expect(decideWait(bounds, 0, refusalOf({ status: 503, body: 'x', retryAfter: 'soon' }), 1)).toBe(1000);
  expect(refusalOf({ status: 503, body: '', retryAfter: '1e9' }).retryAfterSeconds).toBe(600);
});
