// The reconcilers, wired: informers announce, queues order, reconcilers act. No Temporal is needed to build or run it.
import type { ByoHost } from '../api/byo-host.ts';
import { leaseNameOf, subjectOf } from '../api/names.ts';
import type { Kube } from '../common/kube/client.ts';
import { idOf } from '../common/kube/envelopes.ts';
import type { Change } from '../common/kube/informer.ts';
import type { Lease, ObjectKey } from '../common/kube/resources.ts';
import type { Logger } from '../common/log.ts';
import { LivenessTracker } from './host/liveness.ts';
import { Metrics } from './runtime/metrics.ts';
import { Queue, type Result } from './runtime/queue.ts';
import { createClusterReconciler } from './cluster/reconcile.ts';
import { createEnrollmentReconciler } from './enrollment/reconcile.ts';
import { createHostReconciler } from './host/reconcile.ts';
import { createMachineReconciler } from './machine/reconcile.ts';
import { startWatching, type Watched } from './runtime/watch.ts';
import { Notifier, type WorkflowSignaler } from './temporal/notifier.ts';

export type ControllerOptions = {
  kube: Kube;
  signaler: Pick<WorkflowSignaler, 'signal' | 'signalCleanup'>;
  management: string;
  log: Logger;
  namespace?: string | undefined;
  metrics?: Metrics;
  /** What hosts trust is gone: why, and the way back. */
  trustLost?: () => string | undefined;
};

type Kind = 'cluster' | 'machine' | 'host' | 'enrollment';

/** How often silent hosts are looked for; staleness is 150 s, so this adds little to it. */
const SWEEP_MS = 10_000;

/** Only the Leases of our hosts count: the namespace may hold others. */
const LEASE_PREFIX = leaseNameOf('');

/** Runs from its construction until `stop`. */
export class Controller {
  /** Every cache has been listed once, and every object is announced to its reconciler. */
  readonly synced: Promise<void>;
  /** Which hosts may be a machine's, as far as that is known without asking. */
  readonly hintsOf: Watched['hintsOf'];
  readonly #options: ControllerOptions;
  readonly #tracker = new LivenessTracker();
  readonly #watched: Watched;
  readonly #sweeping: NodeJS.Timeout;
  /** Before all caches are synced nothing is decided: what looks absent may only not have been listed yet. */
  readonly #early: [Kind, string][] = [];
  readonly #notifiers = { machine: new Notifier(), host: new Notifier() };
  #queues: Record<Kind, Queue> | undefined;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#watched = startWatching(options.kube, {
      namespace: options.namespace,
      log: options.log,
      announce: {
        cluster: (id) => this.#announce('cluster', id),
        machine: (id) => this.#announce('machine', id),
        host: (id) => this.#announce('host', id),
        enrollment: (id) => this.#announce('enrollment', id),
      },
      onLease: (change) => this.#track(change),
    });
    this.hintsOf = this.#watched.hintsOf;
    this.synced = this.#watched.synced.then(() => this.#begin());
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_MS);
  }

  /** Hosts of that id, as last heard of; more than one only when somebody has made a second by hand. */
  findHosts(hostID: string): ByoHost[] {
    return this.#watched.caches.byoHosts.list().filter(({ spec }) => spec.hostID === hostID);
  }

  /** Notifies every workflow again, and starts those that are not there. */
  notifyAll(): void {
    const { byoMachines, byoHosts } = this.#watched.caches;
    for (const notifier of Object.values(this.#notifiers)) notifier.forgetAll();
    for (const { metadata } of byoMachines.list()) this.#announce('machine', idOf(metadata));
    for (const { metadata } of byoHosts.list()) this.#announce('host', idOf(metadata));
  }

  /** Looks at every host again: something that concerns them all has changed. */
  lookAtHosts(): void {
    for (const { metadata } of this.#watched.caches.byoHosts.list()) this.#announce('host', idOf(metadata));
  }

  /** The same for one workflow, as its id says what it is about. */
  notifyAgain(workflowId: string): void {
    const subject = subjectOf(workflowId);
    if (!subject) return;
    const id = idOf(subject);
    this.#notifiers[subject.kind].forget(id);
    this.#announce(subject.kind, id);
  }

  async stop(): Promise<void> {
    clearInterval(this.#sweeping);
    this.#watched.stop();
    await Promise.all(Object.values(this.#queues ?? {}).map((queue) => queue.stop()));
  }

  #begin(): void {
    const { kube, signaler, management, log, trustLost = () => undefined } = this.#options;
    const { caches, leases } = this.#watched;
    const judge = (lease: ObjectKey) => this.#tracker.judge(lease, leases.lastContact());
    const metrics = this.#options.metrics ?? new Metrics();
    const told = { kube, caches, signaler, management };
    const { machine, host } = this.#notifiers;
    this.#queues = {
      cluster: queueOf('cluster', createClusterReconciler(kube, caches), { log, metrics }),
      machine: queueOf('machine', createMachineReconciler({ ...told, notifier: machine, log }), { log, metrics }),
      host: queueOf('host', createHostReconciler({ ...told, notifier: host, judge, trustLost }), { log, metrics }),
      enrollment: queueOf('enrollment', createEnrollmentReconciler({ kube }), { log, metrics }),
    };
    for (const [kind, id] of this.#early.splice(0)) this.#announce(kind, id);
  }

  #announce(kind: Kind, id: string): void {
    if (this.#queues) this.#queues[kind].add(id);
    else this.#early.push([kind, id]);
  }

  #sweep(): void {
    for (const leaseId of this.#tracker.changes(this.#watched.leases.lastContact())) {
      this.#announce('host', hostIdOf(keyOf(leaseId)));
    }
  }

  #track({ key, before, after }: Change<Lease>): void {
    if (!key.name.startsWith(LEASE_PREFIX)) return;
    if (after) this.#tracker.observe(after, performance.now());
    else this.#tracker.forget(key);
    // Its first Lease makes a host reachable, its last one's end makes it unheard of; the sweep sees all between.
    if (!before || !after) this.#announce('host', hostIdOf(key));
  }
}

function queueOf(
  kind: Kind,
  reconcile: (key: ObjectKey) => Promise<Result>,
  { log, metrics }: { log: Logger; metrics: Metrics },
): Queue {
  const run = metrics.measure(kind, (id) => reconcile(keyOf(id)));
  const queue = new Queue({ run, log: log.child({ reconciler: kind }) });
  metrics.watchQueue(kind, () => queue.size);
  return queue;
}

/** `namespace/host` of the Lease of a host. */
function hostIdOf({ namespace, name }: ObjectKey): string {
  const host = name.slice(LEASE_PREFIX.length);
  return idOf(namespace === undefined ? { name: host } : { namespace, name: host });
}

function keyOf(id: string): { namespace: string; name: string } {
  const [namespace = '', name = ''] = id.split('/');
  return { namespace, name };
}
