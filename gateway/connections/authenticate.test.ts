import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { byoHost } from '../../test/support/builders.ts';
import { HostIndex, recordOf } from '../host-index.ts';
import { decideAdmission, type PresentedCertificate } from './authenticate.ts';

const installation = randomUUID();
const now = 1_000_000;

/** A ByoHost of that name with the TLS key `key-<name>` pinned. */
function host(name: string, hostID: string, keyID = `key-${name}`) {
  return recordOf(byoHost(name, { spec: { hostID, keys: [{ id: keyID, use: 'tls', jwk: '{}' }] } }));
}

function against(index: HostIndex, isReady = true) {
  const directory = { isReady: () => isReady, find: (hostID: string, keyID: string) => index.find(hostID, keyID) };
  return { directory, installation, now };
}

function certificate(hostID: string, keyID: string): NonNullable<PresentedCertificate['certificate']> {
  const subjectAltName = `URI:spiffe://${installation}/host/${hostID}`;
  return { isAuthorized: true, isOutOfDate: false, subjectAltName, keyID, endsAt: now + 1 };
}

// Then: Cyrillic, full width, composed and decomposed.
const names = ['a', 'ba', 'A', 'a.', '\u0430', '\uff41', '\u00e1', 'a\u0301'];

test('T4: no host is taken for another, however alike their names are', () => {
  const ids = names.map(() => randomUUID());
  const index = new HostIndex();
  for (const [n, name] of names.entries()) index.set(host(name, ids[n] ?? ''));
  for (const [n, id] of ids.entries()) {
    for (const [m, name] of names.entries()) {
      const decided = decideAdmission({ protocol: 'h2', certificate: certificate(id, `key-${name}`) }, against(index));
      const wanted = n === m ? { kind: 'host', host: { name } } : { kind: 'refused', why: 'NotPinned' };
      expect(decided).toMatchObject(wanted);
    }
  }
});

test.each(['', 'a', 'A', 'a.', 'а', '*', '..', '__proto__', `${randomUUID()}/x`, randomUUID().toUpperCase()])(
  'T4: a certificate for the host id %j is nobody’s',
  (id) => {
    const index = new HostIndex();
    index.set(host('a', randomUUID()));
    index.set({ ...host('b', randomUUID()), hostID: id });
    expect(decideAdmission({ protocol: 'h2', certificate: certificate(id, 'key-b') }, against(index))).toEqual({
      kind: 'refused',
      why: 'NotAHost',
    });
  },
);

test('a certificate that is shown must hold in every respect', () => {
  const id = randomUUID();
  const index = new HostIndex();
  index.set(host('a', id));
  const good = certificate(id, 'key-a');
  const decide = (change: Partial<typeof good>, isReady = true) =>
    decideAdmission({ protocol: 'http/1.1', certificate: { ...good, ...change } }, against(index, isReady));
  expect(decide({})).toMatchObject({ kind: 'host', door: 'http' });
  expect(decide({ isAuthorized: false })).toEqual({ kind: 'refused', why: 'NotAuthorized' });
  expect(decide({ keyID: 'other' })).toEqual({ kind: 'refused', why: 'NotPinned' });
  expect(decide({ keyID: '' })).toEqual({ kind: 'refused', why: 'NotPinned' });
  expect(decide({ subjectAltName: `URI:spiffe://${installation}/gateway` })).toEqual({
    kind: 'refused',
    why: 'NotAHost',
  });
  expect(decide({ subjectAltName: `${good.subjectAltName}, ${good.subjectAltName}` })).toMatchObject({
    why: 'NotAHost',
  });
  expect(decide({ subjectAltName: `URI:spiffe://${randomUUID()}/host/${id}` })).toMatchObject({
    why: 'OtherInstallation',
  });
  expect(decide({}, false)).toEqual({ kind: 'refused', why: 'NotReady' });
});

test('C8: with a certificate that has ended, the holder of a pinned key may renew over HTTP, and nobody else', () => {
  const id = randomUUID();
  const index = new HostIndex();
  index.set(host('a', id));
  const spent = { ...certificate(id, 'key-a'), isAuthorized: false, isOutOfDate: true };
  const decide = (change: Partial<typeof spent>, protocol = 'http/1.1') =>
    decideAdmission({ protocol, certificate: { ...spent, ...change } }, against(index));
  expect(decide({})).toMatchObject({ kind: 'spent', host: { name: 'a' }, keyID: 'key-a' });
  expect(decide({ isAuthorized: true, isOutOfDate: false, endsAt: now })).toMatchObject({ kind: 'spent' });
  expect(decide({}, 'h2')).toEqual({ kind: 'refused', why: 'OutOfDate' });
  expect(decide({ keyID: 'other' })).toEqual({ kind: 'refused', why: 'NotPinned' });
  expect(decide({ isOutOfDate: false })).toEqual({ kind: 'refused', why: 'NotAuthorized' });
});

test('without a certificate one may enroll over HTTP, and nothing over HTTP/2', () => {
  const ground = against(new HostIndex());
  expect(decideAdmission({ protocol: 'http/1.1' }, ground)).toEqual({ kind: 'stranger' });
  expect(decideAdmission({ protocol: false }, ground)).toEqual({ kind: 'stranger' });
  expect(decideAdmission({ protocol: 'h2' }, ground)).toEqual({ kind: 'refused', why: 'NoCertificate' });
});

test('a sealing key opens nothing, and a host id that two ByoHosts hold with the same key is nobody’s', () => {
  const id = randomUUID();
  const index = new HostIndex();
  const keys = [{ id: 'k', use: 'sealing', jwk: '{}' }];
  index.set(recordOf(byoHost('a', { spec: { hostID: id, keys } })));
  expect(index.find(id, 'k')).toBeUndefined();
  index.set(host('b', id, 'k'));
  expect(index.find(id, 'k')?.name).toBe('b');
  index.set(host('c', id, 'k'));
  expect(index.find(id, 'k')).toBeUndefined();
});

test('a peer is recalled only as the same ByoHost with the same key', () => {
  const id = randomUUID();
  const index = new HostIndex();
  const record = host('a', id);
  index.set(record);
  const peer = { hostID: id, namespace: 'default', name: 'a', keyID: 'key-a', address: '' };
  expect(index.recall(peer)).toBe(record);
  expect(index.recall({ ...peer, name: 'b' })).toBeUndefined();
  expect(index.recall({ ...peer, namespace: 'other' })).toBeUndefined();
  index.delete(record);
  expect(index.recall(peer)).toBeUndefined();
});
