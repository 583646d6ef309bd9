// What a reconcile asks of the API server: nothing, one write of what was announced, or a reading when that is not what stands.
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { ByoMachine } from '../../api/byo-machine.ts';
import { createKube } from '../../common/kube/client.ts';
import { KubeError } from '../../common/kube/errors.ts';
import type { Request } from '../../common/kube/transport.ts';
import { createLogger } from '../../common/log.ts';
import { byoHost, byoMachine, claimOf, cluster, machine, reportedHost } from '../../test/support/builders.ts';
import type { Cache, Caches } from '../runtime/caches.ts';
import { Notifier, type WorkflowSignaler } from '../temporal/notifier.ts';
import { createMachineReconciler } from './reconcile.ts';

const KEY = { namespace: 'default', name: 'm' };
const CAS = 'PATCH if it is the same';

/** A cache of these objects. */
const cacheOf = <T>(...objects: T[]): Cache<T> => ({
  get: () => objects[0],
  list: () => objects,
  unreadable: () => [],
});

/** A host that works for the machine, and all that is known around the two. */
function surroundings(): Omit<Caches, 'byoMachines'> {
  const openClaim = { incarnation: 'uid-m', generation: 1 };
  const status = { reported: reportedHost({ generation: 1, openClaim }) };
  return {
    byoClusters: cacheOf(),
    byoHosts: cacheOf(byoHost('h', { spec: { claim: claimOf('m') }, status })),
    clusters: cacheOf(cluster()),
    machines: cacheOf(machine('m')),
    installerTemplates: cacheOf(),
    hostIndex: { namesOf: () => ['h'] },
    lines: { offerOf: () => undefined, asideOf: () => '' },
  };
}

/** An API server that has one machine, and takes writes to it: what it was asked, and what it has. */
class OneMachine {
  readonly asked: string[] = [];
  present: ByoMachine;
  isGone = false;

  constructor(present: ByoMachine) {
    this.present = present;
  }

  async answer({ method, body }: Request): Promise<ByoMachine> {
    const { metadata, status } = Written.parse(body ?? {});
    const version = metadata?.resourceVersion;
    this.asked.push(method === 'PATCH' && version !== undefined ? CAS : method);
    if (this.isGone) throw new KubeError(404, 'NotFound', 'it is gone');
    if (version !== undefined && version !== this.present.metadata.resourceVersion) {
      throw new KubeError(409, 'Conflict', 'it has changed');
    }
    if (method === 'PATCH') this.present = ByoMachine.parse({ ...this.present, status });
    return this.present;
  }
}

const Written = z.object({
  metadata: z.object({ resourceVersion: z.string().optional() }).optional(),
  status: z.unknown().optional(),
});

/** `stored`: what the API server has of the machine that was announced. */
function worldOf(announced: ByoMachine, stored = announced) {
  const server = new OneMachine(stored);
  const known = { machine: announced, spoilt: false };
  const signal = vi.fn<WorkflowSignaler['signal']>(() => Promise.resolve(true));
  const unreadable = () => (known.spoilt ? [{ name: 'default/m', what: 'ByoMachine default/m', why: 'x' }] : []);
  const reconcile = createMachineReconciler({
    kube: createKube({ request: (request) => server.answer(request), stream: async function* () {} }),
    caches: { ...surroundings(), byoMachines: { get: () => known.machine, list: () => [known.machine], unreadable } },
    signaler: { signal },
    notifier: new Notifier(),
    management: 'm',
    log: createLogger('test', 'silent'),
  });
  const round = async (): Promise<string[]> => {
    await reconcile(KEY);
    known.machine = server.present;
    return server.asked.splice(0);
  };
  return { round, signal, known, server };
}

test('a status is written over what was announced, and what was written asks for nothing more', async () => {
  const { round, signal } = worldOf(byoMachine('m'));
  expect(await round()).toEqual([CAS]);
  expect(signal).toHaveBeenCalledTimes(1);
  expect(await round()).toEqual([]);
  expect(signal).toHaveBeenCalledTimes(1);
});

test('a machine that has changed meanwhile is read afresh, and decided anew', async () => {
  const deletionTimestamp = '2026-01-02T00:00:00Z';
  const stored = byoMachine('m', { metadata: { resourceVersion: '2', deletionTimestamp } });
  const { round, known } = worldOf(byoMachine('m'), stored);
  expect(await round()).toEqual([CAS, 'GET', 'PATCH']);
  expect(known.machine.status?.conditions?.find(({ type }) => type === 'Ready')?.reason).toBe('Deleting');
});

test('news without a write is decided on a fresh reading', async () => {
  const { round, signal, known } = worldOf(byoMachine('m'));
  await round();
  const metadata = { ...known.machine.metadata, annotations: { ...known.machine.metadata.annotations } };
  metadata.annotations['byo.infrastructure.cluster.x-k8s.io/look-again'] = 'now';
  known.machine = { ...known.machine, metadata };
  expect(await round()).toEqual(['GET']);
  // The reading did not bear it out.
  expect(signal).toHaveBeenCalledTimes(1);
});

test('what could be read once and is another by now is read', async () => {
  const { round, known } = worldOf(byoMachine('m'));
  await round();
  known.spoilt = true;
  expect(await round()).toEqual(['GET']);
});

test('the run of a deleted machine is begun only when the machine is still there after none was found', async () => {
  const deletionTimestamp = '2026-01-02T00:00:00Z';
  const deleted = byoMachine('m', { metadata: { deletionTimestamp } });
  const { round, signal } = worldOf(deleted);
  signal.mockResolvedValueOnce(false);
  expect(await round()).toEqual([CAS, 'GET']);
  expect(signal.mock.calls.map(([, how]) => how)).toEqual(['Signal', 'SignalWithStart']);

  const ended = worldOf(deleted);
  ended.signal.mockImplementationOnce(async () => {
    ended.server.isGone = true;
    return false;
  });
  expect(await ended.round()).toEqual([CAS, 'GET']);
  expect(ended.signal).toHaveBeenCalledTimes(1);
});

test('a run that goes on hears of a deletion, and nothing else is asked', async () => {
  const deletionTimestamp = '2026-01-02T00:00:00Z';
  const { round, signal } = worldOf(byoMachine('m', { metadata: { deletionTimestamp } }));
  expect(await round()).toEqual([CAS]);
  expect(signal.mock.calls.map(([, how]) => how)).toEqual(['Signal']);
});
