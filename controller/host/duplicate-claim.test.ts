import { expect, test } from 'vitest';
import { byoHost, byoMachine, claimOf, reportedHost } from '../../test/support/builders.ts';
import type { Claimant } from './decide-adoption.ts';
import { isStray } from './duplicate-claim.ts';

type Parts = NonNullable<Parameters<typeof byoHost>[1]>;

const hostID = '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11';
const first = (parts: Parts = {}) => byoHost('first', { spec: { hostID, claim: claimOf('m', 4), ...parts.spec } });
const second = (parts: Parts = {}) => byoHost('second', { ...parts, spec: { claim: claimOf('m', 2), ...parts.spec } });
const machine = byoMachine('m', { spec: { providerID: `byoh://${hostID}/4` } });
const serving: Claimant = { machine, held: false, hosts: [first(), second()] };

test('the second host of a machine that is prepared on another is given back, if it never heard of its claim', () => {
  expect(isStray(second(), serving)).toBe(true);
  expect(isStray(first(), serving)).toBe(false);
});

const open = { incarnation: 'uid-m', generation: 2 };
const lost = { reason: 'JournalDamaged', message: 'm' };

test.each([
  ['its agent works for the claim', { status: { reported: reportedHost({ openClaim: open }) } }, serving],
  ['its agent has seen the generation', { status: { reported: reportedHost({ generation: 2 }) } }, serving],
  ['its agent may have lost its memory', { status: { reported: reportedHost({ quarantine: lost }) } }, serving],
  ['it is being given back', { spec: { claim: { ...claimOf('m', 2), releasing: true } } }, serving],
  ['the machine is not prepared yet', {}, { ...serving, machine: byoMachine('m') }],
  ['the machine is paused', {}, { ...serving, held: true }],
  ['the first one is not claimed any more', {}, { ...serving, hosts: [byoHost('first'), second()] }],
  ['its machine is not known', {}, undefined],
])('it is kept when %s', (_why, parts, claimant) => {
  expect(isStray(second(parts), claimant)).toBe(false);
});
