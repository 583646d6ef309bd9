import { expect, test } from 'vitest';
import { ReportedHost } from '../../api/report/reported-host.ts';
import { byoHost, claimOf, reportedHost } from '../../test/support/builders.ts';
import { boastOf, nextGenerationOf } from './claim-generation.ts';
import { quarantineOf } from './host-rules.ts';

const saying = (more: Record<string, unknown>, lastGeneration?: number) =>
  byoHost('h', {
    spec: {
      hostID: '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11',
      ...(lastGeneration === undefined ? {} : { lastGeneration }),
    },
    status: { reported: reportedHost(more) },
  });

test('the next generation is above all that was given out, and above what a restored cluster may have forgotten', () => {
  expect(nextGenerationOf(saying({ generation: 0 }))).toBe(1);
  expect(nextGenerationOf(saying({ generation: 2 }, 7))).toBe(8);
  expect(nextGenerationOf(saying({ generation: 1000 }))).toBe(1001);
  expect(boastOf(saying({ generation: 1000 }))).toBeUndefined();
});

test('a host that names a generation which nobody can have given out is not believed, and not used', () => {
  const liar = saying({ generation: 900_000_000 }, 7);
  expect(nextGenerationOf(liar)).toBe(8);
  expect(quarantineOf(liar)).toMatchObject({ reason: 'ClaimConflict' });
  expect(quarantineOf(liar)?.message).toContain('generation 900000000; the cluster has given out 7.');
  const openClaim = { incarnation: claimOf('m').incarnation, generation: 5000 };
  expect(quarantineOf(saying({ openClaim }))?.message).toContain('generation 5000');
});

test('what could not be part of an order or a providerID is not even a report', () => {
  expect(ReportedHost.safeParse({ ...reportedHost(), generation: 10 ** 15 }).success).toBe(false);
  expect(ReportedHost.safeParse({ ...reportedHost(), generation: 10 ** 9 }).success).toBe(true);
});
