import { expect, test, vi } from 'vitest';
import { PACE_MS, RESYNC_MS, REST_MS, Notifier, type Lapse, type Notification } from './notifier.ts';

async function tell(notifier: Notifier, news: Partial<Notification> = {}) {
  const say = vi.fn<() => Promise<void>>(async () => undefined);
  const result = await notifier.notify('m', { fingerprint: 'a', mayRest: false, again: true, ...news }, say);
  return { said: say.mock.calls.length, result };
}

test('news are told once; whoever may rest is told again after an hour, others after ten minutes', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const notifier = new Notifier();
  expect(await tell(notifier)).toEqual({ said: 1, result: { againInMs: RESYNC_MS } });
  expect((await tell(notifier)).said).toBe(0);
  vi.advanceTimersByTime(RESYNC_MS);
  expect(await tell(notifier, { mayRest: true })).toEqual({ said: 0, result: { againInMs: REST_MS } });
  expect((await tell(notifier)).said).toBe(1);
  vi.advanceTimersByTime(REST_MS);
  expect((await tell(notifier, { mayRest: true })).said).toBe(1);
  expect((await tell(notifier, { fingerprint: 'b', mayRest: true })).said).toBe(1);
  vi.useRealTimers();
});

test('after everything was forgotten, all of it is news', async () => {
  const notifier = new Notifier();
  await tell(notifier);
  notifier.forgetAll();
  expect((await tell(notifier)).said).toBe(1);
  expect((await tell(notifier, { again: false })).result).toEqual({});
});

test('what is said aside is told at its pace, the last of it for certain', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const notifier = new Notifier();
  expect((await tell(notifier, { aside: '0' })).said).toBe(1);
  expect(await tell(notifier, { aside: '1' })).toEqual({ said: 0, result: { againInMs: PACE_MS } });
  expect((await tell(notifier, { aside: '1', fingerprint: 'b' })).said).toBe(1);
  vi.advanceTimersByTime(PACE_MS - 1);
  expect(await tell(notifier, { aside: '2', fingerprint: 'b' })).toEqual({ said: 0, result: { againInMs: 1 } });
  vi.advanceTimersByTime(1);
  expect((await tell(notifier, { aside: '2', fingerprint: 'b' })).said).toBe(1);
  vi.advanceTimersByTime(PACE_MS);
  expect((await tell(notifier, { aside: '', fingerprint: 'b' })).said).toBe(0);
  vi.useRealTimers();
});

test('an offer is told at once, and again when it comes back, at its own pace; that it has gone is told nobody', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const notifier = new Notifier();
  expect((await tell(notifier)).said).toBe(1);
  // It has only just begun, and asks by itself.
  expect(await tell(notifier, { offer: 'h' })).toEqual({ said: 0, result: { againInMs: PACE_MS } });
  vi.advanceTimersByTime(PACE_MS);
  expect((await tell(notifier, { offer: 'h' })).said).toBe(1);
  expect((await tell(notifier, { offer: 'h' })).said).toBe(0);
  expect((await tell(notifier)).said).toBe(0);
  expect(await tell(notifier, { offer: 'h' })).toEqual({ said: 0, result: { againInMs: PACE_MS } });
  vi.advanceTimersByTime(PACE_MS);
  expect((await tell(notifier, { offer: 'h' })).said).toBe(1);
  vi.useRealTimers();
});

test('what ends or becomes another is told at once, what begins is not', async () => {
  const notifier = new Notifier();
  const said = async (...lapses: Lapse[]) => (await tell(notifier, { lapses })).said;
  expect(await said(undefined, 'no data')).toBe(1);
  expect(await said('h/1', 'no data')).toBe(0);
  expect(await said('h/1', undefined)).toBe(1);
  expect(await said('h/1', 'no data')).toBe(0);
  expect(await said('h/1', 'no owner')).toBe(1);
  expect(await said('h/2', 'no owner')).toBe(1);
  expect(await said(undefined, 'no owner')).toBe(1);
  expect(await said(undefined, 'no owner')).toBe(0);
  expect(await said(undefined, null)).toBe(0);
  expect(await said(undefined, 'no host')).toBe(0);
});
