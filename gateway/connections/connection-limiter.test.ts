import { expect, test } from 'vitest';
import { addressKeysOf, AddressRates } from './address.ts';
import { ConnectionLimiter } from './connection-limiter.ts';
import { LIMITS, RateLimiter } from '../limits.ts';
import { ConnectionRegistry, type LiveSocket } from './connection-registry.ts';

const caps = { perAddress: 100, perNet: 100, all: 10, graceMs: 250 };

/** Members that say who was dropped; without a net of its own an address is one, as in IPv4. */
function watched() {
  const dropped: string[] = [];
  const member = (address: string, name = address, net = address) => ({
    address,
    net,
    drop: () => void dropped.push(name),
  });
  return { dropped, member };
}

test('C8: who is over the cap of its address makes room for itself: the oldest goes, the newest stays', () => {
  const { dropped, member } = watched();
  const limiter = new ConnectionLimiter({ ...caps, perAddress: 2 });
  expect(['first', 'second', 'third'].map((name, n) => limiter.enter(member('a', name), n * 1000))).toEqual([
    true,
    true,
    true,
  ]);
  limiter.enter(member('b'), 3000);
  expect(dropped).toEqual(['first']);
  expect(limiter.count).toBe(3);
});

test('a site that comes back as a whole does not displace those of it that have only just come', () => {
  const { dropped, member } = watched();
  const limiter = new ConnectionLimiter({ ...caps, perAddress: 2 });
  expect([0, 1, 2].map((n) => limiter.enter(member('a', String(n)), 1000 + n))).toEqual([true, true, false]);
  expect(dropped).toEqual([]);
});

test('C8: the many addresses of one net have a cap together', () => {
  const { dropped, member } = watched();
  const limiter = new ConnectionLimiter({ ...caps, perAddress: 2, perNet: 3 });
  let n = 0;
  for (const address of ['net:1', 'net:2', 'net:3', 'net:4'])
    limiter.enter(member(address, address, 'net'), (n += 1000));
  limiter.enter(member('other'), 9000);
  expect(dropped).toEqual(['net:1']);
});

test('T21: when all places are taken the largest makes room, and the small one never does', () => {
  const { dropped, member } = watched();
  const limiter = new ConnectionLimiter(caps);
  limiter.enter(member('small'), 0);
  for (let n = 0; n < 9; n += 1) limiter.enter(member('flood', `flood-${n}`), 0);
  limiter.enter(member('other'), 9000);
  expect(dropped).toEqual(['flood-0']);
  limiter.enter(member('flood', 'late'), 9000);
  expect(dropped).toEqual(['flood-0', 'flood-1']);
  expect(limiter.count).toBe(10);
});

test('a fleet of many addresses does not displace itself: where all have one, who has only just come stays', () => {
  const { dropped, member } = watched();
  const limiter = new ConnectionLimiter(caps);
  const enter = (n: number, now: number) => limiter.enter(member(`host-${n}`), now);
  expect(Array.from({ length: 12 }, (_, n) => enter(n, n)).filter(Boolean)).toHaveLength(10);
  expect([enter(12, 200), dropped]).toEqual([false, []]);
  expect([enter(13, 250), dropped]).toEqual([true, ['host-0']]);
});

/** An address begins what it may, at its highest rate from the first moment on: how long each of them was let stay, and when the last was refused. */
function floodFromOneAddress(seconds: number) {
  const { handshakesPerAddress: perAddress, handshakesPerNet: perNet, handshakes: all } = LIMITS;
  const limiter = new ConnectionLimiter({ perAddress, perNet, all, graceMs: LIMITS.handshakeGraceMs });
  const rate = new RateLimiter(LIMITS.connectPerAddress);
  const seen = { now: 0, lives: [] as number[], lastRefused: 0 };
  for (; seen.now < seconds * 1000; seen.now += 1) {
    const since = seen.now;
    const member = () => ({ address: 'site', net: 'site', drop: () => seen.lives.push(seen.now - since) });
    while (rate.take('site', seen.now) === 0) if (!limiter.enter(member(), seen.now)) seen.lastRefused = seen.now;
  }
  return seen;
}

test('T21: whatever its address floods, a newcomer finds a place and keeps it for long enough to finish a handshake', () => {
  const { lives, lastRefused } = floodFromOneAddress(30);
  expect(lastRefused).toBeLessThanOrEqual(LIMITS.handshakeGraceMs);
  expect(lives.length).toBeGreaterThan(2000);
  expect(Math.min(...lives)).toBeGreaterThanOrEqual(LIMITS.handshakeGraceMs);
  expect(lives.slice(LIMITS.handshakesPerAddress).every((life) => life > 2500)).toBe(true);
});

test('leaving twice is leaving once', () => {
  const limiter = new ConnectionLimiter({ perAddress: 1, perNet: 1, all: 1, graceMs: 250 });
  const { dropped, member } = watched();
  const one = member('a');
  limiter.enter(one, 0);
  limiter.leave(one);
  limiter.leave(one);
  expect(limiter.count).toBe(0);
  limiter.enter(one, 0);
  expect([limiter.count, dropped]).toEqual([1, []]);
});

const addressOf = (text: string) => addressKeysOf(text).address;

test('whoever has an IPv6 address has its /64, and its site the /48', () => {
  expect(addressKeysOf('192.0.2.1')).toEqual({ address: '192.0.2.1', net: '192.0.2.1' });
  expect(addressKeysOf('::ffff:192.0.2.1')).toEqual({ address: '192.0.2.1', net: '192.0.2.1' });
  expect(addressOf('2001:db8:1:2::1')).toBe(addressOf('2001:db8:1:2:ffff::9'));
  expect(addressOf('2001:db8:1:2::1')).not.toBe(addressOf('2001:db8:1:3::1'));
  expect(addressKeysOf('2001:db8:1:2::1').net).toBe(addressKeysOf('2001:db8:1:3::1').net);
  expect(addressKeysOf('2001:db8:1::1').net).not.toBe(addressKeysOf('2001:db8:2::1').net);
  expect(addressOf('::1')).toBe(addressOf('::2'));
});

const rate = (burst: number) => ({ perSecond: 1, burst });

test('C8: a net has a rate together, however many addresses it has', () => {
  const rates = new AddressRates({ perAddress: rate(1), perNet: rate(3) }, 100);
  const take = (text: string) => rates.take(addressKeysOf(text), 0) === 0;
  expect([1, 2, 3, 4].map((n) => take(`2001:db8:1:${n}::1`))).toEqual([true, true, true, false]);
  expect([take('2001:db8:2:1::1'), take('192.0.2.1'), take('192.0.2.1')]).toEqual([true, true, false]);
});

function socket(hostID: string, parts: Partial<LiveSocket> = {}) {
  const state = { cut: false };
  const peer = { hostID, namespace: 'n', name: hostID, keyID: 'k', address: '' };
  const one: LiveSocket = { peer, door: 'http', endsAt: 100, destroy: () => void (state.cut = true), ...parts };
  return { one, state };
}

test('over its cap a host loses its oldest socket of that door', () => {
  const cuts: string[] = [];
  const live = new ConnectionRegistry({ temporal: 1, http: 2 }, (_, why) => void cuts.push(why));
  const [a, b, c] = [socket('x'), socket('x'), socket('x')];
  const temporal = socket('x', { door: 'temporal' });
  for (const { one } of [a, temporal, b, c]) live.add(one);
  expect([a, b, c, temporal].map(({ state }) => state.cut)).toEqual([true, false, false, false]);
  expect(cuts).toEqual(['Superseded']);
  expect([live.count('http'), live.count('temporal')]).toEqual([2, 1]);
});

test('T9: what is revoked or has expired is cut, of that host alone', () => {
  const cuts: string[] = [];
  const live = new ConnectionRegistry(
    { temporal: 2, http: 4 },
    ({ peer }, why) => void cuts.push(`${peer.hostID} ${why}`),
  );
  const [x, y, z] = [socket('x'), socket('y'), socket('z', { endsAt: 10 })];
  for (const { one } of [x, y, z]) live.add(one);
  live.recheck(({ hostID }) => hostID !== 'x', 5, 'x');
  expect(cuts).toEqual(['x Revoked']);
  live.recheck(() => true, 10);
  expect(cuts).toEqual(['x Revoked', 'z Expired']);
  expect(live.hosts()).toEqual(['y']);
});
