import { expect, test } from 'vitest';
import { LABELS } from '../../api/names.ts';
import { byoHost, claimOf } from '../../test/support/builders.ts';
import { decideHost } from './decide.ts';

const decide = (parts: Parameters<typeof byoHost>[1]) =>
  decideHost({ host: byoHost('h', parts), liveness: 'fresh', claimEnded: false });

test('the label of its claim is put right on every host before anything is said of it', () => {
  const spec = { claim: claimOf('m') };
  const right = { [LABELS.claim]: 'uid-m' };
  expect(decide({ spec, metadata: { labels: { rack: '1' } } })).toEqual({ kind: 'Label', labels: right });
  expect(decide({ spec, metadata: { labels: { [LABELS.claim]: 'uid-x' } } })).toEqual({ kind: 'Label', labels: right });
  const none = { [LABELS.claim]: null };
  expect(decide({ metadata: { labels: right } })).toEqual({ kind: 'Label', labels: none });
  expect(decide({ spec, metadata: { labels: { ...right, rack: '1' } } }).kind).toBe('Report');
});
