import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import type { ReportedHost } from '../../api/report/reported-host.ts';
import { createLogger } from '../../common/log.ts';
import type { ManagementLink } from '../link/management.ts';
import { isPutBack, startReporter, writeWhenDue } from './reporter.ts';

const report: ReportedHost = {
  agentVersion: '1',
  protocol: 1,
  hostname: 'a',
  machineID: 'm',
  osImage: 'x',
  osID: 'debian',
  kernel: '6',
  architecture: 'amd64',
  cgroup: 'v2',
  cpus: 1,
  memoryBytes: 1,
  findings: [],
  sealingKey: '{}',
  generation: 0,
};

const readSame = async (): Promise<ReportedHost> => report;

function createLink(failures = 0) {
  const written: ReportedHost[] = [];
  const link: ManagementLink = {
    applyReport: async (next) => {
      if (failures-- > 0) throw new Error('link down');
      written.push(next);
    },
    renewLease: async () => ({ secondsSincePoll: 0 }),
  };
  return { link, written };
}

test('an unchanged report writes nothing, a changed one does', async () => {
  const { link, written } = createLink();
  const last = {};
  await writeWhenDue(link, report, last);
  await writeWhenDue(link, { ...report }, last);
  expect(written).toHaveLength(1);
  await writeWhenDue(link, { ...report, generation: 1 }, last);
  expect(written.map(({ generation }) => generation)).toEqual([0, 1]);
});

test('a failing link is tried again with the report of that moment, and a ring is never lost', async () => {
  const { link, written } = createLink(1);
  const controller = new AbortController();
  let generation = 0;
  const third = Promise.withResolvers<void>();
  const read = async () => {
    generation += 1;
    if (generation === 3) third.resolve();
    return { ...report, generation };
  };
  const log = createLogger('test', 'silent');
  const reporter = startReporter({ link, read, log, signal: controller.signal });
  reporter.tell();
  await third.promise;
  controller.abort(new Error('end'));
  await reporter.done;
  expect(written[0]?.generation).toBe(2);
});

afterEach(() => {
  vi.useRealTimers();
});

type Step = { step: string; state?: 'Running' | 'Succeeded' };

/** A reporter in virtual time: `tell` has it read this report, waits, and answers the steps that were written so far. */
function tellInVirtualTime() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const { link, written } = createLink();
  const end = new AbortController();
  let now = report;
  const log = createLogger('test', 'silent');
  const reporter = startReporter({ link, read: async () => now, log, signal: end.signal });
  const tell = async (ms: number, ...steps: Step[]): Promise<string[]> => {
    for (const { step, state = 'Running' } of steps) {
      const openClaim = { incarnation: 'a', generation: 1 };
      now = { ...report, openClaim, operation: { operation: 'join', generation: 1, state, step } };
      reporter.tell();
    }
    await vi.advanceTimersByTimeAsync(ms);
    return written.map(({ operation }) => (operation ? `${operation.step} ${operation.state}` : 'none'));
  };
  return { tell, end: () => end.abort(new Error('end')) };
}

test('of steps in quick succession the newest is told in the end, and how it ended at once', async () => {
  const { tell, end } = tellInVirtualTime();
  expect(await tell(0)).toEqual(['none']);
  // A claim was opened: that is no progress.
  expect(await tell(0, { step: 'a' })).toEqual(['none', 'a Running']);
  expect(await tell(500, { step: 'b' })).toHaveLength(2);
  expect(await tell(1400, { step: 'c' })).toHaveLength(2);
  expect(await tell(200)).toEqual(['none', 'a Running', 'c Running']);
  expect(await tell(0, { step: 'd' })).toHaveLength(3);
  expect(await tell(0, { step: 'd', state: 'Succeeded' })).toEqual(['none', 'a Running', 'c Running', 'd Succeeded']);
  // After a silence a step is told at once.
  await tell(3000);
  expect((await tell(0, { step: 'e' })).at(-1)).toBe('e Running');
  end();
});

test.each([
  ['the same', 'a', 'a', false],
  ['an older one', 'b', 'a', true],
  ['none at all', 'b', null, true],
  ['nothing was written yet', undefined, 'a', false],
  ['an older gateway', 'b', undefined, false],
])('what stands in the cluster is %s', (_what, written, standing, putBack) => {
  expect(isPutBack(written, standing)).toBe(putBack);
});

test('a report that the cluster has lost is told again at the next renewal', async () => {
  const { link, written } = createLink();
  const controller = new AbortController();
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const lease = async () => {
    await first.promise;
    await setImmediate();
    return { secondsSincePoll: 0, reportDigest: null };
  };
  const applyReport = async (next: ReportedHost) => {
    await link.applyReport(next);
    (written.length === 1 ? first : second).resolve();
  };
  const forgetful: ManagementLink = { applyReport, renewLease: lease };
  const log = createLogger('test', 'silent');
  const reporter = startReporter({ link: forgetful, read: readSame, log, signal: controller.signal });
  await second.promise;
  controller.abort(new Error('end'));
  await reporter.done;
  expect(written[0]).toEqual(written[1]);
  expect(written[0]?.digest).toMatch(/^[\w-]{43}$/);
});
