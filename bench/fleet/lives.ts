// Whole lives of many machines at once: all asked for, all Ready, all deleted, all hosts free again.
import type { ByoHost } from '../../api/byo-host.ts';
import type { ByoMachine } from '../../api/byo-machine.ts';
import { MACHINE_CONDITIONS } from '../../api/conditions.ts';
import type { Kube } from '../../common/kube/client.ts';
import { isTrue } from '../../common/kube/conditions.ts';
import { startInformer, type Change } from '../../common/kube/informer.ts';
import { BYO_HOSTS, BYO_MACHINES } from '../../common/kube/resources.ts';
import { createLogger } from '../../common/log.ts';
import { severalAtOnce } from '../../common/several-at-once.ts';
import { NAMESPACE } from '../gateway/fleet.ts';
import { say } from '../report.ts';
import { beginDeletion, endDeletion, makeMachine, makeNode } from './objects.ts';

/** Seconds from the first request until all were there, and for each machine from its own. */
export type Half = { seconds: number; each: number[] };

export type Lives = { toReady: () => Promise<Half>; back: () => Promise<Half>; stop: () => void };

const AT_ONCE = 16;
/** So long without anything new is the end of it: whose looks grow with the fleet needs longer in a larger one. */
const patienceFor = (machines: number): number => Math.max(300_000, machines * 2000);
/** Between two lines that tell how far it has come. */
const TOLD_EVERY_MS = 30_000;

/** Watches `count` machines live; nothing is asked for yet. */
export async function watchLives(kube: Kube, count: number): Promise<Lives> {
  const names = Array.from({ length: count }, (_, at) => `m${at}`);
  const core = new PlayedCore(kube);
  const options = { namespace: NAMESPACE, log: createLogger('bench', 'silent') };
  const machines = startInformer(kube, BYO_MACHINES, { ...options, onChange: (change) => core.seeMachine(change) });
  const hosts = startInformer(kube, BYO_HOSTS, { ...options, onChange: (change) => core.seeHost(change) });
  await Promise.all([machines.synced, hosts.synced]);
  return {
    toReady: () => core.time(names, 'ready', (name) => makeMachine(kube, name)),
    back: () => core.time(names, 'free', (name) => beginDeletion(kube, name)),
    stop: () => [machines, hosts].forEach(({ stop }) => stop()),
  };
}

/** Does what core does when it sees a machine join or go, and notes when each had come so far. */
class PlayedCore {
  readonly #kube: Kube;
  readonly #reached = { ready: new Map<string, number>(), free: new Map<string, number>() };
  readonly #holders = new Map<string, string>();
  #failure: unknown;
  #wake: () => void = () => undefined;

  constructor(kube: Kube) {
    this.#kube = kube;
  }

  seeMachine({ key, after }: Change<ByoMachine>): void {
    const { name } = key;
    if (!after) return this.#do(endDeletion(this.#kube, name));
    const { providerID } = after.spec;
    if (providerID === undefined || this.#reached.ready.has(name) || !isThere(after)) return;
    this.#note('ready', name);
    this.#do(makeNode(this.#kube, name, providerID));
  }

  /** A host that carries no claim any more is what its machine leaves behind. */
  seeHost({ key, after }: Change<ByoHost>): void {
    const holder = this.#holders.get(key.name);
    const claim = after?.spec.claim;
    if (claim) this.#holders.set(key.name, claim.name);
    else if (holder !== undefined) {
      this.#holders.delete(key.name);
      this.#note('free', holder);
    }
  }

  async time(names: string[], what: 'ready' | 'free', ask: (name: string) => Promise<void>): Promise<Half> {
    const reached = this.#reached[what];
    const begun = performance.now();
    const asked = new Map<string, number>();
    const asking = severalAtOnce(names, AT_ONCE, async (name) => {
      asked.set(name, performance.now());
      await ask(name);
    });
    const sofar = (): string => `${reached.size} of ${names.length} machines are ${what}`;
    const telling = setInterval(() => {
      say(`  ${sofar()} after ${Math.round((performance.now() - begun) / 1000)} s`);
    }, TOLD_EVERY_MS);
    const patienceMs = patienceFor(names.length);
    try {
      while (reached.size < names.length) await this.#news(sofar, patienceMs);
    } finally {
      clearInterval(telling);
    }
    const seconds = (performance.now() - begun) / 1000;
    await asking;
    return { seconds, each: names.map((name) => ((reached.get(name) ?? 0) - (asked.get(name) ?? 0)) / 1000) };
  }

  async #news(sofar: () => string, patienceMs: number): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const give = (): void => reject(new Error(`nothing new for ${patienceMs / 1000} s: ${sofar()}`));
    const timer = setTimeout(give, patienceMs);
    this.#wake = resolve;
    await promise.finally(() => clearTimeout(timer));
  }

  #note(what: 'ready' | 'free', name: string): void {
    this.#reached[what].set(name, performance.now());
    this.#wake();
  }

  #do(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#failure = error;
      this.#wake();
    });
  }
}

function isThere({ status }: ByoMachine): boolean {
  const { ready, bootstrapSucceeded } = MACHINE_CONDITIONS;
  return [ready, bootstrapSucceeded].every((type) => isTrue(status?.conditions, type));
}
