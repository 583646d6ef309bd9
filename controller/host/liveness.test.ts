import { expect, test } from 'vitest';
import { LivenessTracker, STALE_AFTER_MS } from './liveness.ts';

const lease = (host: string, renewTime: string) => ({
  metadata: { namespace: 'default', name: `byohost-${host}`, uid: 'u', resourceVersion: '1', labels: {} },
  spec: { renewTime },
});
const key = (host: string) => ({ namespace: 'default', name: `byohost-${host}` });

test('a Lease that was never seen, seen once, and seen to change', () => {
  const tracker = new LivenessTracker();
  expect(tracker.judge(key('a'), 0)).toBe('never');
  tracker.observe(lease('a', '1970'), 1000);
  expect(tracker.judge(key('a'), 2000)).toBe('unsure');
  tracker.observe(lease('a', '2099'), 3000);
  expect(tracker.judge(key('a'), 3000 + STALE_AFTER_MS - 1)).toBe('fresh');
  expect(tracker.judge(key('a'), 3000 + STALE_AFTER_MS)).toBe('stale');
});

test('the same renewTime is no sign of life, whatever the clocks say', () => {
  const tracker = new LivenessTracker();
  tracker.observe(lease('a', 'x'), 0);
  tracker.observe(lease('a', 'x'), 100_000);
  expect(tracker.judge(key('a'), STALE_AFTER_MS)).toBe('stale');
});

test('all stale at once means that we are cut off', () => {
  const tracker = new LivenessTracker();
  for (const host of ['a', 'b']) tracker.observe(lease(host, '1'), 0);
  tracker.observe(lease('b', '2'), 100_000);
  expect(tracker.judge(key('a'), STALE_AFTER_MS)).toBe('stale');
  expect(tracker.judge(key('a'), 100_000 + STALE_AFTER_MS)).toBe('cutOff');
  expect(tracker.judge(key('b'), 100_000 + STALE_AFTER_MS)).toBe('cutOff');
});

test('one host alone that is silent is silent', () => {
  const tracker = new LivenessTracker();
  tracker.observe(lease('a', '1'), 0);
  expect(tracker.judge(key('a'), STALE_AFTER_MS)).toBe('stale');
});

test('each change of a verdict is told once', () => {
  const tracker = new LivenessTracker();
  tracker.observe(lease('a', '1'), 0);
  tracker.observe(lease('b', '1'), 0);
  expect(tracker.changes(0)).toEqual(['default/byohost-a', 'default/byohost-b']);
  expect(tracker.changes(1)).toEqual([]);
  tracker.observe(lease('a', '2'), 1);
  expect(tracker.changes(2)).toEqual(['default/byohost-a']);
  expect(tracker.changes(STALE_AFTER_MS)).toEqual(['default/byohost-b']);
  expect(tracker.changes(STALE_AFTER_MS + 1)).toEqual(['default/byohost-a', 'default/byohost-b']);
  tracker.forget(key('a'));
  expect(tracker.judge(key('a'), 0)).toBe('never');
});
