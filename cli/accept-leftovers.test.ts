import { expect, test } from 'vitest';
import { MAX_ACCEPTED } from '../api/byo-host.ts';
import { byoHost, reportedHost } from '../test/support/builders.ts';
import { decideAcceptances, describeLeftovers } from './accept-leftovers.ts';

const id = (nth: number): string => String(nth).padStart(32, '0').split('').toReversed().join('');
const leftover = (nth: number) => ({ id: id(nth), kind: 'Binding', what: `link podnet${nth}` });
const acceptance = (nth: number) => ({ id: id(nth), what: `link podnet${nth}`, by: 'ann', at: '2026-01-01T00:00:00Z' });
const who = { by: 'bob', at: '2026-02-02T00:00:00Z' };

const hostWith = (listed: number[], accepted: number[] = []) =>
  byoHost('h', {
    spec: { accepted: accepted.map(acceptance) },
    status: { reported: reportedHost({ leftovers: listed.map(leftover) }) },
  });

test('all that is listed is accepted, each once, in the name of who says so', () => {
  const { fresh, accepted } = decideAcceptances(hostWith([1, 2], [1]), { all: true, items: [] }, who);
  expect(fresh).toEqual([{ ...acceptance(2), ...who }]);
  expect(accepted).toEqual([acceptance(1), ...fresh]);
});

test('one is named by the beginning of its id; what is not listed cannot be accepted beforehand', () => {
  const host = hostWith([1, 2]);
  const items = [id(2).slice(0, 12), id(2)];
  expect(decideAcceptances(host, { all: false, items }, who).fresh).toEqual([{ ...acceptance(2), ...who }]);
  for (const item of [id(3), id(2).slice(0, 4), '', 'link podnet2'])
    expect(() => decideAcceptances(host, { all: false, items: [item] }, who)).toThrow('lists no leftover');
  expect(() => decideAcceptances(host, { all: false, items: [] }, who)).toThrow('nothing to accept');
  expect(() => decideAcceptances(hostWith([]), { all: true, items: [] }, who)).toThrow('nothing to accept');
});

test('where there is no more room, the oldest that are not listed any more go', () => {
  const past = Array.from({ length: MAX_ACCEPTED }, (_, nth) => nth);
  const { accepted } = decideAcceptances(hostWith([0, 900], past), { all: true, items: [] }, who);
  expect(accepted).toHaveLength(MAX_ACCEPTED);
  expect(accepted.map((one) => one.id)).toEqual([id(0), ...past.slice(2).map(id), id(900)]);
});

test('each is shown with who has accepted it', () => {
  expect(describeLeftovers(hostWith([1, 2], [1]))).toEqual([
    [id(1).slice(0, 12), 'Binding', 'by ann, 2026-01-01T00:00:00Z', 'link podnet1'],
    [id(2).slice(0, 12), 'Binding', 'no', 'link podnet2'],
  ]);
});

test('what a hostile host says of itself does nothing to the terminal', () => {
  const host = byoHost('h', {
    status: { reported: reportedHost({ leftovers: [{ ...leftover(1), what: 'x\u001b[2J\ny' }] }) },
  });
  expect(describeLeftovers(host)[0]?.at(-1)).toBe('x [2J y');
});
