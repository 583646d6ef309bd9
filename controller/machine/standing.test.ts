import { expect, test } from 'vitest';
import { byoHost, claimOf, condition, reportedHost } from '../../test/support/builders.ts';
import { describeStanding } from './standing.ts';

const hostID = '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11';
const of = (parts: Parameters<typeof byoHost>[1] = {}) =>
  describeStanding([byoHost('h', { ...parts, spec: { hostID, ...parts.spec } })]);
const { people, all } = of();

test('what people say of a host, and who claims it, is news; what the host says is none', () => {
  expect(of({ spec: { unschedulable: true } }).people).not.toBe(people);
  expect(of({ metadata: { labels: { rack: 'a' } } }).people).not.toBe(people);
  expect(of({ spec: { claim: claimOf('other') } })).toEqual({ people, all: expect.not.stringMatching(all) });
  const finding = { code: 'ForeignSoftware', message: 'm', remedy: 'r' };
  const reported = reportedHost({ findings: [finding], generation: 9, quarantine: { reason: 'Other', message: 'm' } });
  const conditions = [condition('Available', 'False', 'HostUnfit', 'm')];
  expect(of({ status: { reported, conditions } })).toEqual({ people, all });
});

test('the order in which hosts are listed is no news', () => {
  const hosts = [byoHost('a'), byoHost('b')];
  expect(describeStanding(hosts)).toEqual(describeStanding(hosts.toReversed()));
});
