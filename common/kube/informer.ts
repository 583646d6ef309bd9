// A cache of one kind that stays true. Each round lists anew and then watches for a few minutes: an informer that only
// ever continues stays stale without an error after etcd was put back to an older copy, and stops for good on others.
import { decideBackoff, type BackoffBounds } from '../backoff.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';
import type { Kube } from './client.ts';
import { WatchEvent } from './envelopes.ts';
import { createObjectStore, type Change, type ObjectStore, type Stored } from './object-store.ts';
import { pathOf, type Resource } from './resources.ts';

export type { Change } from './object-store.ts';

export type InformerOptions<T> = {
  namespace?: string | undefined;
  /** What of the kind is listed and watched, in the API's words; all of it without. */
  fieldSelector?: string | undefined;
  log: Logger;
  onChange: (change: Change<T>) => void;
  /** A round (one list, one watch) lasts this long, with jitter; default 5 minutes. */
  roundMs?: number;
};

/** `lastContact` tells until when the cache is known to be true; `get` and `list` mean nothing before `synced`. */
export type Informer<T> = Pick<ObjectStore<T>, 'get' | 'list' | 'unreadable' | 'lastContact'> & {
  /** Resolves after the first successful list. */
  synced: Promise<void>;
  stop: () => void;
};

/** Bookmarks come about every minute; a watch that says nothing for longer is half open. */
const SILENCE_MS = 150_000;
const ROUND_MS = 5 * 60_000;
const BACKOFF: BackoffBounds = { first: 1000, longest: 10_000 };

/** Starts at once and never gives up: every error is logged, waited out with jitter, and followed by a new list. */
export function startInformer<T extends Stored>(
  kube: Kube,
  resource: Resource<T>,
  options: InformerOptions<T>,
): Informer<T> {
  const stop = new AbortController();
  const synced = Promise.withResolvers<void>();
  const store = createObjectStore(resource, options);
  const log = options.log.child({ kind: resource.kind });
  const round = async (): Promise<void> => {
    const listing = await kube.listReadable(resource, scopeOf(options));
    for (const bad of listing.invalid) log.error(bad, 'object cannot be read');
    store.replace(listing.items, listing.invalid);
    synced.resolve();
    await watchOnce(kube, resource, {
      scope: scopeOf(options),
      resourceVersion: listing.resourceVersion,
      lastMs: (options.roundMs ?? ROUND_MS) * (0.8 + 0.4 * Math.random()),
      signal: stop.signal,
      onEvent: (event) => store.take(event),
    });
  };
  void keepRunning(round, stop.signal, (error) => log.warn({ error: String(error) }, 'watch ended, listing anew'));
  return { ...store, synced: synced.promise, stop: () => stop.abort() };
}

type Scope = { namespace?: string; fieldSelector?: string };

function scopeOf({ namespace, fieldSelector }: Pick<InformerOptions<unknown>, 'namespace' | 'fieldSelector'>): Scope {
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

async function keepRunning(
  round: () => Promise<void>,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const begun = performance.now();
    try {
      await round();
      // A server that ends every watch at once would otherwise be listed in a tight loop.
      failures = performance.now() - begun < 1000 ? failures + 1 : 0;
    } catch (error) {
      if (signal.aborted) return;
      onError(error);
      failures += 1;
    }
    if (failures === 0) continue;
    // The only rejection is the abort that ends the loop.
    await pause(decideBackoff(BACKOFF, failures, Math.random()), signal);
  }
}

type WatchOptions = {
  scope: Scope;
  resourceVersion: string;
  lastMs: number;
  signal: AbortSignal;
  onEvent: (event: WatchEvent) => void;
};

async function watchOnce<T>(kube: Kube, resource: Resource<T>, options: WatchOptions): Promise<void> {
  const silence = new AbortController();
  // A short round says how soon a change must be seen: a half-open watch may not make it longer.
  const silenceMs = Math.min(SILENCE_MS, options.lastMs + 5_000);
  let timer = setTimeout(() => silence.abort(), silenceMs);
  const { namespace, ...selectors } = options.scope;
  const query = {
    ...selectors,
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: options.resourceVersion,
    timeoutSeconds: String(Math.max(1, Math.round(options.lastMs / 1000))),
  };
  const path = pathOf(resource, namespace === undefined ? {} : { namespace });
  const signal = AbortSignal.any([options.signal, silence.signal]);
  try {
    for await (const event of kube.transport.stream({ method: 'GET', path, query }, signal)) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silenceMs);
      options.onEvent(WatchEvent.parse(event));
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}
