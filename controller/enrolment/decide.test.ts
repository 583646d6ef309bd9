import { expect, test } from 'vitest';
import type { ByoHost } from '../../api/byo-host.ts';
import { ByoHostEnrollment } from '../../api/byo-host-enrollment.ts';
import { byoHost } from '../../test/builders.ts';
import { decideEnrolment, decideHostOf } from './decide-enrolment.ts';
import { decideHostName } from './decide-name.ts';

const hostID = '7d8a3c4e-0000-4000-8000-000000000002';
const now = new Date('2026-03-01T12:00:00Z');
const keys = { tlsKey: 't', sealingKey: 's' };
const admitted = { hostID, name: 'h', ...keys, admittedAt: '2026-03-01T11:00:00Z' };

const decide = (spec: object = {}, more: object = {}) => {
  const metadata = { name: 'e', namespace: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
  const enrollment = ByoHostEnrollment.parse({ metadata, spec: { expiresAt: '2026-03-01T13:00:00Z', ...spec } });
  return decideEnrolment({ enrollment, keys, now, fresh: { hostID, name: 'h' }, ...more });
};

test.each([
  ['Till-7', 'till-7'],
  ['a', 'a'],
  ['a.', 'a'],
  ['till-7.shop.example', 'till-7.shop.example'],
  ['', 'host'],
  ['../../x', 'x'],
  ['а', 'host'],
  ['x'.repeat(300), 'x'.repeat(50)],
])('hostname %s becomes %s', (hostname, name) => {
  expect(decideHostName(hostname, hostID, () => false)).toBe(name);
});

test('a name that is taken gets a part of the host id, then the whole', () => {
  expect(decideHostName('a', hostID, (name) => name === 'a')).toBe('a-7d8a3c4e');
  expect(decideHostName('a', hostID, () => true)).toBe(`a-${hostID}`);
});

test.each([
  ['ended', { expiresAt: '2026-03-01T12:00:00Z' }, {}],
  ['used', { admitted: [{ ...admitted, tlsKey: 'x', sealingKey: 'y' }] }, {}],
  ['half of the keys of another', { hosts: 2, admitted: [{ ...admitted, tlsKey: 'x' }] }, {}],
  ['one key for both', {}, { keys: { tlsKey: 't', sealingKey: 't' } }],
  ['nothing to replace', { replaceHost: 'h' }, {}],
])('refused: %s', (_why, spec, more) => {
  expect(decide(spec, more).kind).toBe('Refuse');
});

test('the same keys are known for ever; a replacement takes the id of the old', () => {
  expect(decide({ expiresAt: '2020-01-01T00:00:00Z', admitted: [admitted] })).toEqual({ kind: 'Known', admitted });
  const replaced = byoHost('old');
  const decision = decide({ replaceHost: 'old' }, { replaced });
  expect(decision).toMatchObject({ kind: 'Admit', admitted: { hostID: replaced.spec.hostID, name: 'old' } });
});

const pinned = byoHost('h', { spec: { hostID, keys: [{ id: 't', use: 'tls', jwk: '{}' }] } });
const bare = byoHost('h', { spec: { hostID } });
/** Its keys were written, then its TLS key was taken away. */
const revoked = byoHost('h', { spec: { hostID, keys: [{ id: admitted.sealingKey, use: 'sealing', jwk: '{}' }] } });

type Seen = { host: ByoHost | undefined; registered: boolean; replaces?: boolean };

test.each<[string, Seen, string]>([
  ['no host yet', { host: undefined, registered: false }, 'Create'],
  ['its host', { host: pinned, registered: true }, 'Sign'],
  ['deleted since', { host: undefined, registered: true }, 'Refuse'],
  ['revoked since', { host: bare, registered: true }, 'Refuse'],
  ['to be replaced', { host: bare, registered: false, replaces: true }, 'Replace'],
  ['replaced, then revoked', { host: bare, registered: true, replaces: true }, 'Refuse'],
  ['revoked before it was put down as registered', { host: revoked, registered: false, replaces: true }, 'Refuse'],
  ['the name is another’s', { host: byoHost('h'), registered: false }, 'Rename'],
])('%s', (_what, { host, registered, replaces = false }, kind) => {
  expect(decideHostOf({ host, admitted: { ...admitted, registered }, replaces }).kind).toBe(kind);
});
