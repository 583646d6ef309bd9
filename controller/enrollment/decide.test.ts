import { expect, test } from 'vitest';
import type { ByoHost } from '../../api/byo-host.ts';
import { ByoHostEnrollment } from '../../api/byo-host-enrollment.ts';
import { byoHost } from '../../test/support/builders.ts';
import { decideEnrollment, decideHostOf, type ObservedHost } from './decide-enrollment.ts';
import { decideHostName } from './decide-name.ts';
import { decideOpen } from './decide-open.ts';

const hostID = '7d8a3c4e-0000-4000-8000-000000000002';
const now = new Date('2026-03-01T12:00:00Z');
const keys = { tlsKey: 't', sealingKey: 's' };
const admitted = { hostID, name: 'h', ...keys, admittedAt: '2026-03-01T11:00:00Z' };

const enrollmentOf = (spec: object) => {
  const metadata = { name: 'e', namespace: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
  return ByoHostEnrollment.parse({ metadata, spec: { expiresAt: '2026-03-01T13:00:00Z', ...spec } });
};
const decide = (spec: object = {}, more: object = {}) =>
  decideEnrollment({ enrollment: enrollmentOf(spec), keys, now, fresh: { hostID, name: 'h' }, ...more });

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
  const replaced = byoHost('old', { spec: { keys: [{ id: 'x', use: 'tls', jwk: '{}' }] } });
  const decision = decide({ replaceHost: 'old' }, { replaced });
  expect(decision).toMatchObject({ kind: 'Admit', admitted: { hostID: replaced.spec.hostID, name: 'old' } });
});

const pinned = byoHost('h', { spec: { hostID, keys: [{ id: 't', use: 'tls', jwk: '{}' }] } });
const other = byoHost('h', { spec: { hostID, keys: [{ id: 'x', use: 'tls', jwk: '{}' }] } });
/** Only the sealing key of an enrollment before is left. */
const bare = byoHost('h', { spec: { hostID } });
/** Its keys were written, then its TLS key was taken away. */
const revoked = byoHost('h', { spec: { hostID, keys: [{ id: admitted.sealingKey, use: 'sealing', jwk: '{}' }] } });

type Seen = { host: ByoHost | undefined; registered: boolean; spec?: ObservedHost['spec'] };
const replacing = { replaceHost: 'h' };
const byAdministrator = { ...replacing, replaceRevoked: true };

test.each<[string, Seen, string]>([
  ['no host yet', { host: undefined, registered: false }, 'Create'],
  ['its host', { host: pinned, registered: true }, 'Sign'],
  ['deleted since', { host: undefined, registered: true }, 'Refuse'],
  ['revoked since', { host: bare, registered: true }, 'Refuse'],
  ['to be replaced', { host: other, registered: false, spec: replacing }, 'Replace'],
  ['replaced, then revoked', { host: bare, registered: true, spec: byAdministrator }, 'Refuse'],
  [
    'revoked before it was put down as registered',
    { host: revoked, registered: false, spec: byAdministrator },
    'Refuse',
  ],
  ['D5: revoked, to be replaced by anybody', { host: bare, registered: false, spec: replacing }, 'Refuse'],
  [
    'D5: said to be no revoked one',
    { host: bare, registered: false, spec: { ...byAdministrator, replaceRevoked: false } },
    'Refuse',
  ],
  [
    'D5: revoked, to be replaced by an administrator',
    { host: bare, registered: false, spec: byAdministrator },
    'Replace',
  ],
  ['the name is another’s', { host: byoHost('h'), registered: false }, 'Rename'],
])('%s', (_what, { host, registered, spec = {} }, kind) => {
  expect(decideHostOf({ host, admitted: { ...admitted, registered }, spec }).kind).toBe(kind);
});

test('D5: a revoked host is refused before the enrollment is used up, and the host hears what to do', () => {
  const told = {
    message: expect.stringContaining('was revoked'),
    remedy: expect.stringMatching(/--replace h --revoked$/),
  };
  const refused = { kind: 'Refuse', why: expect.stringContaining('byohosts/claim'), told };
  expect(decide({ replaceHost: 'h' }, { replaced: bare })).toEqual(refused);
  expect(decideHostOf({ host: bare, admitted, spec: replacing })).toEqual(refused);
  expect(decide(byAdministrator, { replaced: bare })).toMatchObject({ kind: 'Admit', admitted: { hostID, name: 'h' } });
});

const reasonOf = (spec: object, replaced?: ByoHost) => {
  const { status, againInMs } = decideOpen({ enrollment: enrollmentOf(spec), secret: 'good', replaced, now });
  return [status.conditions[0]?.reason, againInMs];
};

test('D5: an enrollment says that it cannot replace a revoked host, and is looked at again', () => {
  expect(reasonOf(replacing, bare)).toEqual(['HostRevoked', 60_000]);
  expect(reasonOf(byAdministrator, bare)).toEqual(['Open', 60_000]);
  expect(reasonOf(replacing, other)).toEqual(['Open', 60_000]);
  expect(reasonOf(replacing)).toEqual(['Open', 60_000]);
});
