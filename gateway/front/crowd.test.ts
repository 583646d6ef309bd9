import { expect, test } from 'vitest';
import { addressKeyOf } from './address.ts';
import { Crowd } from './crowd.ts';
import { LiveHosts, type LiveSocket } from './live-hosts.ts';

test('one address takes no more than its share', () => {
  const crowd = new Crowd(2, 10);
  const entered = [1, 2, 3].map(() => crowd.enter({ address: 'a', drop: () => undefined }));
  expect(entered).toEqual([true, true, false]);
});

test('T21: when all places are taken the largest makes room, and the small one never does', () => {
  const crowd = new Crowd(100, 10);
  const dropped: string[] = [];
  const member = (address: string, name = address) => ({ address, drop: () => void dropped.push(name) });
  expect(crowd.enter(member('small'))).toBe(true);
  for (let n = 0; n < 9; n += 1) crowd.enter(member('flood', `flood-${n}`));
  expect(crowd.enter(member('other'))).toBe(true);
  expect(dropped).toEqual(['flood-0']);
  expect(crowd.enter(member('flood', 'late'))).toBe(false);
  expect(crowd.count).toBe(10);
});

test('leaving twice is leaving once', () => {
  const crowd = new Crowd(1, 1);
  const member = { address: 'a', drop: () => undefined };
  crowd.enter(member);
  crowd.leave(member);
  crowd.leave(member);
  expect(crowd.count).toBe(0);
  expect(crowd.enter(member)).toBe(true);
});

test('whoever has an IPv6 address has its /64', () => {
  expect(addressKeyOf('192.0.2.1')).toBe('192.0.2.1');
  expect(addressKeyOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(addressKeyOf('2001:db8:1:2::1')).toBe(addressKeyOf('2001:db8:1:2:ffff::9'));
  expect(addressKeyOf('2001:db8:1:2::1')).not.toBe(addressKeyOf('2001:db8:1:3::1'));
  expect(addressKeyOf('::1')).toBe(addressKeyOf('::2'));
});

function socket(hostID: string, parts: Partial<LiveSocket> = {}) {
  const state = { cut: false };
  const peer = { hostID, namespace: 'n', name: hostID, keyID: 'k', address: '' };
  const one: LiveSocket = { peer, door: 'http', endsAt: 100, destroy: () => void (state.cut = true), ...parts };
  return { one, state };
}

test('over its cap a host loses its oldest socket of that door', () => {
  const cuts: string[] = [];
  const live = new LiveHosts({ temporal: 1, http: 2 }, (_, why) => void cuts.push(why));
  const [a, b, c] = [socket('x'), socket('x'), socket('x')];
  const temporal = socket('x', { door: 'temporal' });
  for (const { one } of [a, temporal, b, c]) live.add(one);
  expect([a, b, c, temporal].map(({ state }) => state.cut)).toEqual([true, false, false, false]);
  expect(cuts).toEqual(['Superseded']);
  expect([live.count('http'), live.count('temporal')]).toEqual([2, 1]);
});

test('T9: what is revoked or has expired is cut, of that host alone', () => {
  const cuts: string[] = [];
  const live = new LiveHosts({ temporal: 2, http: 4 }, ({ peer }, why) => void cuts.push(`${peer.hostID} ${why}`));
  const [x, y, z] = [socket('x'), socket('y'), socket('z', { endsAt: 10 })];
  for (const { one } of [x, y, z]) live.add(one);
  live.recheck(({ hostID }) => hostID !== 'x', 5, 'x');
  expect(cuts).toEqual(['x Revoked']);
  live.recheck(() => true, 10);
  expect(cuts).toEqual(['x Revoked', 'z Expired']);
  expect(live.hosts()).toEqual(['y']);
});
