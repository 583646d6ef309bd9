// A claim that stands although its machine is gone: nothing is taken for deleted, and nothing stands without a word.
import { expect, test } from 'vitest';
import { byoHost, claimOf, reportedHost } from '../../test/support/builders.ts';
import { decideHost } from './decide.ts';

const decide = (parts: Parameters<typeof byoHost>[1]) =>
  decideHost({ host: byoHost('h', parts), liveness: 'fresh', claimEnded: false, orphaned: true });

test('a claim whose machine is gone: free if the host never heard of it, else named with the command that ends it', () => {
  const claim = claimOf('m', 3);
  const spec = { claim, lastGeneration: 3 };
  expect(decide({ spec, status: { reported: reportedHost({ generation: 2 }) } })).toEqual({ kind: 'Free' });
  const heard = [
    { reported: reportedHost({ generation: 3, openClaim: { incarnation: 'uid-m', generation: 3 } }) },
    { reported: reportedHost({ generation: 3 }) },
    { reported: undefined },
    { reported: reportedHost({ generation: 2, quarantine: { reason: 'JournalDamaged', message: 'lost' } }) },
  ];
  for (const status of heard) {
    const decision = decide({ spec, status });
    const conditions = decision.kind === 'Report' ? decision.status.conditions : [];
    expect(conditions.find(({ type }) => type === 'Available')).toMatchObject({
      status: 'False',
      reason: 'ClaimOrphaned',
      message: expect.stringContaining('byo host clean-up h -n default'),
    });
  }
});
