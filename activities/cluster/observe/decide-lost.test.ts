import { expect, test } from 'vitest';
import { byoHost, claimOf, reportedHost } from '../../../test/support/builders.ts';
import { decideLost } from './decide-lost.ts';

const jwk = (x: string) => JSON.stringify({ kty: 'EC', crv: 'P-256', x, y: 'y' });
const pinned = [{ id: 'new', use: 'sealing', jwk: JSON.stringify({ y: 'y', x: 'new', kid: 'new' }) }];
const spec = { keys: pinned, claim: claimOf('m', 3, { lost: true }) };
const reports = (more: Record<string, unknown>) => ({
  status: { reported: reportedHost({ sealingKey: jwk('new'), ...more }) },
});
const finding = (code: string) => ({ code, message: `${code} is here`, remedy: 'Mend it' });
const open = { openClaim: { incarnation: 'uid-m', generation: 3 }, generation: 3 };

test('a claim that is not lost is none of this', () => {
  expect(decideLost(byoHost('h', { spec: { claim: claimOf('m', 3) } }))).toBeUndefined();
  expect(decideLost(byoHost('h'))).toBeUndefined();
});

test('once the new agent has told of the machine, nothing is left of the claim', () => {
  expect(decideLost(byoHost('h', { spec, ...reports({}) }))).toEqual({});
  expect(decideLost(byoHost('h', { spec, ...reports({ findings: [finding('SwapOn')] }) }))).toEqual({});
});

test.each([
  ['the old agent', reports({ sealingKey: jwk('old'), ...open }), 'HostOffline', 'byo-agent.service'],
  ['nobody', { status: { reported: undefined } }, 'HostOffline', 'has not reported'],
  ['nonsense', reports({ sealingKey: 'no key' }), 'HostOffline', 'has not reported'],
  ['a node that is there', reports({ findings: [finding('ForeignSoftware')] }), 'HostUnfit', 'ForeignSoftware is here'],
])('while the last report is of %s, it is waited for', (_what, parts, reason, words) => {
  const { waiting } = decideLost(byoHost('h', { spec, ...parts })) ?? {};
  expect(waiting).toMatchObject({ reason, message: expect.stringContaining(words) });
});

test('a host that works for the claim after all is reset like any other', () => {
  expect(decideLost(byoHost('h', { spec, ...reports(open) }))).toBeUndefined();
});
