// Many machines wait for a host, and one host says something else each second: who is looked at, and who is told, is counted
// in virtual time.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ByoHost } from '../../api/byo-host.ts';
import { byoHost, byoMachine, cluster, condition, machine, reportedHost } from '../../test/support/builders.ts';
import { idOf, nameOf } from '../../common/kube/envelopes.ts';
import type { ObjectKey } from '../../common/kube/resources.ts';
import type { Cache, Caches } from './caches.ts';
import { asideOf, fingerprintOf } from '../machine/fingerprint.ts';
import { situationOf } from '../machine/observe.ts';
import { ChangeRouter } from './route-changes.ts';
import { Teller } from '../temporal/notifier.ts';

const WAITING = 200;
const MINUTES = 10;

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

type Named = { metadata: { name: string; namespace: string } };

const cacheOf = <T extends Named>(list: () => T[]): Cache<T> => ({
  list,
  unreadable: () => [],
  get: ({ name }: ObjectKey) => list().find(({ metadata }) => metadata.name === name),
});

const unfit = (message: string, name = 'h') =>
  byoHost(name, {
    spec: { hostID: '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11', keys: [{ id: 'k', use: 'sealing', jwk: '{}' }] },
    status: {
      reported: reportedHost({ findings: [{ code: 'X', message, remedy: 'r' }] }),
      conditions: [
        condition('Connected', 'True', 'LeaseFresh'),
        condition('Available', 'False', 'HostUnfit', `X: ${message}`),
      ],
    },
  });
const fit = (name = 'h') => {
  const { metadata, spec, status } = unfit('', name);
  const conditions = [condition('Connected', 'True', 'LeaseFresh'), condition('Available', 'True', 'Available')];
  return byoHost(name, { metadata, spec, status: { ...status, conditions, reported: reportedHost() } });
};

const NAMES = Array.from({ length: WAITING }, (_, nth) => `m${String(nth).padStart(3, '0')}`);
const MACHINES = NAMES.map((name) => byoMachine(name));
const OWNERS = NAMES.map((name) => machine(name));
const CLUSTERS = [cluster()];

/** Two hundred machines wait, oldest first; counted are those that are looked at, and named those that are told. */
class World {
  announced = 0;
  told: string[] = [];
  readonly #hosts: Map<string, ByoHost>;
  readonly #teller = new Teller();
  readonly #due = new Set(MACHINES.map(({ metadata }) => idOf(metadata)));
  readonly #caches: Caches = {
    byoClusters: cacheOf(() => []),
    byoMachines: cacheOf(() => MACHINES),
    byoHosts: cacheOf(() => [...this.#hosts.values()]),
    hostIndex: { namesOf: () => [] },
    clusters: cacheOf(() => CLUSTERS),
    machines: cacheOf(() => OWNERS),
  };
  readonly #router = new ChangeRouter(() => this.#caches, {
    cluster: () => undefined,
    host: () => undefined,
    enrollment: () => undefined,
    machine: (id) => void this.#due.add(id),
  });

  constructor(...hosts: ByoHost[]) {
    this.#hosts = new Map(hosts.map((host) => [host.metadata.name, host]));
  }

  /** The first look at everybody, and a quiet minute after it. */
  async begin(): Promise<void> {
    await this.#reconcile();
    this.forget();
  }

  forget(): void {
    this.announced = 0;
    this.told = [];
    vi.advanceTimersByTime(60_000);
  }

  async change(after: ByoHost): Promise<void> {
    const { namespace, name } = after.metadata;
    const before = this.#hosts.get(name);
    this.#hosts.set(name, after);
    this.#router.onByoHost({ key: { namespace, name }, before, after });
    await this.#reconcile();
  }

  async #reconcile(): Promise<void> {
    for (const one of MACHINES.filter(({ metadata }) => this.#due.delete(idOf(metadata)))) {
      this.announced += 1;
      const situation = situationOf(one, this.#caches);
      const about = { fingerprint: fingerprintOf(situation), offer: situation.offer, aside: asideOf(situation) };
      const news = { ...about, mayRest: false, again: true };
      const say = async () => void this.told.push(one.metadata.name);
      const { againInMs = Infinity } = await this.#teller.tell(nameOf(one), news, say);
      if (againInMs < 60_000) this.#due.add(idOf(one.metadata));
    }
  }
}

async function eachSecond(run: (second: number) => Promise<void>): Promise<void> {
  for (let second = 0; second < MINUTES * 60 - 61; second += 1) {
    vi.advanceTimersByTime(1000);
    await run(second);
  }
}

test('another text of a host each second wakes nobody', async () => {
  const world = new World(unfit('first'));
  await world.begin();
  await eachSecond((second) => world.change(unfit(`text ${second}`)));
  expect([world.announced, world.told]).toEqual([0, []]);
});

test('a host that is fit and unfit in turn wakes the one machine that would be given it, at its pace', async () => {
  const world = new World(unfit('first'), unfit('other', 'h2'));
  await world.begin();
  await eachSecond((second) => world.change(second % 2 === 0 ? fit() : unfit('again')));
  expect(new Set(world.told)).toEqual(new Set(['m000']));
  expect(world.told.length).toBeLessThan((MINUTES * 60) / 5 + 2);
});

test('a host that becomes free is told of at once, whatever else was told just before', async () => {
  const world = new World(unfit('a', 'h1'), unfit('b', 'h2'));
  await world.begin();
  const { metadata, spec, status = {} } = unfit('b', 'h2');
  await world.change(byoHost('h2', { metadata: { ...metadata, labels: { rack: '2' } }, spec, status }));
  expect(world.told).toHaveLength(WAITING);
  await world.change(fit('h1'));
  expect(world.told.slice(WAITING)).toEqual(['m000']);
});

test('as many are told at once as hosts are free, and all when people change a host', async () => {
  const world = new World(unfit('a', 'h1'), unfit('b', 'h2'));
  await world.begin();
  await world.change(fit('h2'));
  expect(world.told).toEqual(['m000']);
  vi.advanceTimersByTime(60_000);
  await world.change(fit('h1'));
  expect(new Set(world.told)).toEqual(new Set(['m000', 'm001']));
  world.forget();
  const { metadata, spec, status = {} } = fit('h1');
  await world.change(byoHost('h1', { metadata: { ...metadata, labels: { rack: '2' } }, spec, status }));
  expect(world.told).toHaveLength(WAITING);
});
