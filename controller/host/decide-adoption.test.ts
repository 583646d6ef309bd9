import { expect, test } from 'vitest';
import { byoHost, byoMachine, claimOf, machine, reportedHost } from '../../test/support/builders.ts';
import { decideAdoption, type Claimant } from './decide-adoption.ts';

type Parts = NonNullable<Parameters<typeof byoHost>[1]>;

const hostID = '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11';
const works = {
  status: { reported: reportedHost({ generation: 4, openClaim: { incarnation: 'uid-m', generation: 4 } }) },
};
const host = (parts: Parts = {}) =>
  byoHost('h', { ...works, ...parts, spec: { hostID, lastGeneration: 3, ...parts.spec } });
const prepared = (generation: number) => byoMachine('m', { spec: { providerID: `byoh://${hostID}/${generation}` } });
const claimant = (more: Partial<Claimant> = {}): Claimant => ({
  machine: prepared(4),
  held: false,
  hosts: [],
  ...more,
});

test('a prepared machine whose providerID names host and generation gets its claim back, with that generation', () => {
  expect(decideAdoption(host(), claimant())).toEqual(claimOf('m', 4));
  expect(decideAdoption(host({ spec: { lastGeneration: 4 } }), claimant())).toEqual(claimOf('m', 4));
});

test('one that was not prepared yet gets it back from a host that it could have been given', () => {
  const selector = { matchLabels: { rack: 'a' } };
  const waiting = claimant({ machine: byoMachine('m', { spec: { selector } }) });
  expect(decideAdoption(host({ metadata: { labels: { rack: 'a' } } }), waiting)).toEqual(claimOf('m', 4));
  expect(decideAdoption(host(), waiting)).toBeUndefined();
  const elsewhere = { machine: byoMachine('m'), owner: machine('m', { spec: { failureDomain: 'north' } }) };
  expect(decideAdoption(host(), claimant(elsewhere))).toBeUndefined();
  expect(decideAdoption(host({ spec: { failureDomain: 'north' } }), claimant(elsewhere))).toEqual(claimOf('m', 4));
});

const boasts = {
  status: { reported: reportedHost({ generation: 5000, openClaim: { incarnation: 'uid-m', generation: 5000 } }) },
};
const gone = { metadata: { deletionTimestamp: '2026-01-02T00:00:00Z' } };
const silent = { status: { reported: reportedHost({ generation: 4 }) } };
const unsure = {
  status: {
    reported: reportedHost({
      openClaim: { incarnation: 'uid-m', generation: 4 },
      quarantine: { reason: 'JournalDamaged', message: 'm' },
    }),
  },
};

test.each([
  ['nobody is found for it', {}, undefined],
  ['another machine holds the host', { spec: { claim: claimOf('other', 3) } }, claimant()],
  ['the host owes a clean-up', { spec: { cleanupOwed: claimOf('other', 3) } }, claimant()],
  ['a later generation was given out', { spec: { lastGeneration: 5 } }, claimant()],
  ['nobody can have given out its generation', boasts, claimant({ machine: byoMachine('m') })],
  ['the host is being deleted', gone, claimant()],
  ['the host works for nobody', silent, claimant()],
  ['the host asks to be left alone', unsure, claimant()],
  ['the machine is paused', {}, claimant({ held: true })],
  ['the machine is another', {}, claimant({ machine: byoMachine('other') })],
  ['its providerID names another generation', {}, claimant({ machine: prepared(3) })],
  ['another host holds its claim', {}, claimant({ hosts: [byoHost('b', { spec: { claim: claimOf('m', 1) } })] })],
  ['another host works for it as well', {}, claimant({ hosts: [byoHost('b', works)] })],
])('nothing is adopted when %s', (_why, parts, by) => {
  expect(decideAdoption(host(parts), by)).toBeUndefined();
});
