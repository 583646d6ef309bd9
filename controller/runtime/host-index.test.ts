import { expect, test } from 'vitest';
import { byoHost, claimOf, reportedHost } from '../../test/support/builders.ts';
import { HostIndex } from './host-index.ts';

const key = { namespace: 'default', name: 'h' };
const carries = (name: string) => byoHost('h', { spec: { claim: claimOf(name), lastGeneration: 1 } });
const worksFor = (incarnation: string) =>
  byoHost('h', { status: { reported: reportedHost({ generation: 1, openClaim: { incarnation, generation: 1 } }) } });

test('a host is found by the claim that it carries and by that which it works for, and by neither once it is over', () => {
  const index = new HostIndex();
  const found = () => ['uid-a', 'uid-b'].map((incarnation) => index.namesOf('default', incarnation));
  index.take({ key, after: carries('a') });
  expect(found()).toEqual([['h'], []]);
  index.take({ key, before: carries('a'), after: worksFor('uid-b') });
  expect(found()).toEqual([[], ['h']]);
  expect(index.namesOf('other', 'uid-b')).toEqual([]);
  index.take({ key, before: worksFor('uid-b') });
  expect(found()).toEqual([[], []]);
});

test('two hosts of one machine are both found, in the order of their names', () => {
  const index = new HostIndex();
  for (const name of ['b', 'a']) {
    const host = byoHost(name, { spec: { claim: claimOf('m'), lastGeneration: 1 } });
    index.take({ key: { ...key, name }, after: host });
  }
  expect(index.namesOf('default', 'uid-m')).toEqual(['a', 'b']);
});
