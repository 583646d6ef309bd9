import { expect, test } from 'vitest';
import { certify, createAuthority } from '../testing/authority.ts';
import { decideRenewal, type RenewalSituation } from './decide-renewal.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;
const FROM = Date.parse('2026-11-28T12:00:00Z');
const END = FROM + 24 * HOUR;

const authority = await createAuthority();
const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
const identity = { kind: 'host', installation: authority.installation, hostID: crypto.randomUUID() } as const;
const certificate = await certify(authority, identity, keys.publicKey, { notBefore: FROM, notAfter: END });
const decide = (situation: Partial<RenewalSituation>) =>
  decideRenewal({ certificate, random: 0.5, isRefused: false, ...situation });

test('at half of its life by the server’s time, a fifth of that sooner or later', () => {
  expect(decide({ serverNow: FROM })).toBe(12 * HOUR);
  expect(decide({ serverNow: FROM, random: 0 })).toBeCloseTo(9.6 * HOUR, 0);
  expect(decide({ serverNow: FROM, random: 1 })).toBeCloseTo(14.4 * HOUR, 0);
  expect(decide({ serverNow: FROM + 12 * HOUR })).toBe(0);
  expect(decide({ serverNow: END + 2 * YEAR })).toBe(0);
});

test('by the time that has passed since it was issued, whatever anybody’s clock says', () => {
  expect(decide({ sinceRenewal: 11 * HOUR })).toBe(HOUR);
  expect(decide({ sinceRenewal: 13 * HOUR })).toBe(0);
  // The gateway's clock was put back by two years meanwhile.
  expect(decide({ sinceRenewal: 13 * HOUR, serverNow: FROM + HOUR })).toBe(0);
});

test('after a start, and before anything is known, nothing is due', () => {
  expect(decide({})).toBe(Infinity);
});

test('B4: at once when the gateway refuses it, or it has not begun by the server’s time', () => {
  expect(decide({ isRefused: true })).toBe(0);
  expect(decide({ serverNow: FROM - 2 * YEAR })).toBe(0);
});

test.each([
  ['refused', { isRefused: true }],
  ['the server is years ahead', { serverNow: END + 2 * YEAR }],
  ['the server is years behind', { serverNow: FROM - 2 * YEAR }],
] satisfies [string, Partial<RenewalSituation>][])('D9: never twice in ten minutes: %s', (_what, situation) => {
  expect(decide({ ...situation, sinceRenewal: 0 })).toBe(10 * MINUTE);
  expect(decide({ ...situation, sinceRenewal: 4 * MINUTE })).toBe(6 * MINUTE);
  expect(decide({ ...situation, sinceRenewal: 10 * MINUTE })).toBe(0);
});
