// A thousand machines that wait for a host, and what the controller makes of each change of one: in virtual time.
import { vi } from 'vitest';
import type { ByoHost } from '../../api/byo-host.ts';
import { idOf, nameOf } from '../../common/kube/envelopes.ts';
import type { ObjectKey } from '../../common/kube/resources.ts';
import { decideNotification } from '../../controller/machine/decide.ts';
import { situationOf } from '../../controller/machine/observe.ts';
import { competitionIn, type Cache, type Caches } from '../../controller/runtime/caches.ts';
import { ChangeRouter } from '../../controller/runtime/watch.ts';
import { WaitingLines } from '../../controller/runtime/waiting-lines.ts';
import { Notifier } from '../../controller/temporal/notifier.ts';
import { byoHost, byoMachine, claimOf, cluster, condition, machine, reportedHost } from './builders.ts';

const WAITING = 1000;

type Named = { metadata: { name: string; namespace: string } };

const cacheOf = <T extends Named>(list: () => T[]): Cache<T> => ({
  list,
  unreadable: () => [],
  get: ({ name }: ObjectKey) => list().find(({ metadata }) => metadata.name === name),
});

/** A host that nobody can use, and why. */
export const unfit = (message: string, name = 'h') =>
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
/** The same when it can be used. */
export const fit = (name = 'h') => {
  const { metadata, spec, status } = unfit('', name);
  const conditions = [condition('Connected', 'True', 'LeaseFresh'), condition('Available', 'True', 'Available')];
  return byoHost(name, { metadata, spec, status: { ...status, conditions, reported: reportedHost() } });
};

/** The same, held by a machine that does not wait. */
export const held = (releasing?: boolean) => {
  const { metadata, spec, status = {} } = fit();
  return byoHost('h', { metadata, spec: { ...spec, claim: claimOf('other', 1, { releasing }) }, status });
};

/** Of the machines that wait, the oldest first. */
export const NAMES = Array.from({ length: WAITING }, (_, nth) => `m${String(nth).padStart(4, '0')}`);
const MACHINES = new Map(NAMES.map((name) => [`default/${name}`, byoMachine(name)]));
const OWNERS = new Map(NAMES.map((name) => [name, machine(name)]));
const CLUSTERS = [cluster()];

const ignore = () => undefined;

/** They wait, oldest first; counted are those that are looked at, and named with the second those that are told. */
export class World {
  announced = 0;
  told: { name: string; second: number }[] = [];
  readonly #hosts: Map<string, ByoHost>;
  readonly #notifier = new Notifier();
  readonly #due = new Set(MACHINES.keys());
  readonly #caches: Omit<Caches, 'lines'> = {
    byoClusters: cacheOf(() => []),
    byoMachines: cacheOf(() => [...MACHINES.values()]),
    byoHosts: cacheOf(() => [...this.#hosts.values()]),
    hostIndex: { namesOf: () => [] },
    clusters: cacheOf(() => CLUSTERS),
    installerTemplates: cacheOf(() => []),
    machines: { ...cacheOf(() => [...OWNERS.values()]), get: ({ name }) => OWNERS.get(name) },
  };
  readonly #lines = new WaitingLines({
    competitionIn: (namespace) => competitionIn(this.#caches, namespace),
    announce: (id) => void this.#due.add(id),
  });
  readonly #router: ChangeRouter;

  constructor(...hosts: ByoHost[]) {
    this.#hosts = new Map(hosts.map((host) => [host.metadata.name, host]));
    const announce = {
      cluster: ignore,
      host: ignore,
      enrollment: ignore,
      machine: (id: string) => void this.#due.add(id),
    };
    this.#router = new ChangeRouter(() => ({ ...this.#caches, lines: this.#lines }), announce, this.#lines);
  }

  get names(): Set<string> {
    return new Set(this.told.map(({ name }) => name));
  }

  /** The first look at everybody, and a quiet minute after it. */
  async begin(): Promise<void> {
    await this.#reconcile();
    await this.rest(60);
  }

  /** Seconds in which nothing is counted. */
  async rest(seconds: number): Promise<void> {
    await this.wait(seconds);
    this.announced = 0;
    this.told = [];
  }

  change(after: ByoHost): void {
    const { namespace, name } = after.metadata;
    const before = this.#hosts.get(name);
    this.#hosts.set(name, after);
    this.#router.onByoHost({ key: { namespace, name }, before, after });
  }

  async wait(seconds: number): Promise<void> {
    for (let step = 0; step < seconds * 5; step += 1) {
      vi.advanceTimersByTime(200);
      await this.#reconcile();
    }
  }

  async #reconcile(): Promise<void> {
    const due = [...this.#due];
    this.#due.clear();
    for (const one of due.flatMap((id) => MACHINES.get(id) ?? [])) {
      this.announced += 1;
      const situation = situationOf(one, { ...this.#caches, lines: this.#lines });
      const news = { ...decideNotification(situation, 'SignalWithStart'), mayRest: false };
      const say = async () =>
        void this.told.push({ name: one.metadata.name, second: Math.floor(performance.now() / 1000) });
      const { againInMs = Infinity } = await this.#notifier.notify(nameOf(one), news, say);
      if (againInMs < 60_000) this.#due.add(idOf(one.metadata));
    }
  }
}
