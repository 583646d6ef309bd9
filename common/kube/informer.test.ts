import { expect, test, vi } from 'vitest';
import { byoHost } from '../../test/support/builders.ts';
import { createLogger } from '../log.ts';
import { createKube } from './client.ts';
import { KubeError } from './errors.ts';
import { startInformer } from './informer.ts';
import { BYO_HOSTS } from './resources.ts';
import type { Transport } from './transport.ts';

/** Longer than any pause of the informer's back-off here. */
const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000 });
const log = createLogger('test', 'silent');
const host = (name: string, resourceVersion: string) => byoHost(name, { metadata: { resourceVersion } });

/** A server that answers lists from `lists` (the last one for ever) and lets the test say what each watch does. */
function fakeServer(lists: (unknown[] | Error)[]) {
  const watches: AsyncGenerator[] = [];
  let listed = 0;
  const transport: Transport = {
    request: () => {
      const answer = lists[Math.min(listed, lists.length - 1)];
      listed += 1;
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({ items: answer, metadata: { resourceVersion: '10' } });
    },
    stream: (_request, signal) => watches.shift() ?? silence(signal),
  };
  return { kube: createKube(transport), watches, lists: () => listed };
}

async function* silence(signal: AbortSignal): AsyncGenerator {
  await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
  yield undefined;
}

async function* events(...all: unknown[]): AsyncGenerator {
  for (const one of all) yield await Promise.resolve(one);
}

function watch(server: ReturnType<typeof fakeServer>) {
  const changes: string[] = [];
  const informer = startInformer(server.kube, BYO_HOSTS, {
    log,
    onChange: ({ key, before, after }) => changes.push(`${before ? '-' : ''}${after ? '+' : ''}${key.name}`),
  });
  return { informer, changes };
}

test('a list that fails is tried again: synced waits for the first that succeeds', async () => {
  const server = fakeServer([new KubeError(0, 'Unreachable', 'down'), [host('a', '1')]]);
  const { informer, changes } = watch(server);
  await informer.synced;
  expect(informer.list('default').map(({ metadata }) => metadata.name)).toEqual(['a']);
  expect(changes).toEqual(['+a']);
  informer.stop();
});

test('events are applied, and an error event is followed by a new list that finds what was missed', async () => {
  const server = fakeServer([[host('a', '1')], [host('b', '3'), host('c', '5')]]);
  const gone = { type: 'ERROR', object: { code: 410, reason: 'Expired' } };
  server.watches.push(events({ type: 'ADDED', object: host('b', '2') }, { type: 'BOOKMARK', object: {} }, gone));
  const { informer, changes } = watch(server);
  await until(() => expect(changes).toEqual(['+a', '+b', '-a', '-+b', '+c']));
  informer.stop();
});

test('an older copy of the world replaces a newer one', async () => {
  const server = fakeServer([[host('a', '9')], [host('a', '4')]]);
  server.watches.push(events());
  const { informer, changes } = watch(server);
  await until(() => expect(changes).toEqual(['+a', '-+a']));
  expect(informer.get({ namespace: 'default', name: 'a' })?.metadata.resourceVersion).toBe('4');
  informer.stop();
});

test('an object that cannot be read neither stops the watch nor counts as gone', async () => {
  const bad = { metadata: { namespace: 'default', name: 'a' }, spec: { hostID: 'no uuid' } };
  const server = fakeServer([[host('a', '1'), host('b', '1')], [bad]]);
  server.watches.push(events({ type: 'MODIFIED', object: bad }, { type: 'MODIFIED', object: host('b', '2') }));
  const { informer, changes } = watch(server);
  await until(() => expect(changes).toEqual(['+a', '+b', '-+b', '-b']));
  expect(informer.get({ namespace: 'default', name: 'a' })?.metadata.resourceVersion).toBe('1');
  informer.stop();
});

test('a server that ends every watch at once is not listed in a tight loop', async () => {
  const server = fakeServer([[]]);
  for (let index = 0; index < 1000; index += 1) server.watches.push(events());
  const { informer } = watch(server);
  await until(() => expect(server.lists()).toBeGreaterThan(2));
  expect(server.watches.length).toBeGreaterThan(900);
  informer.stop();
});

test('a deleted object is gone', async () => {
  const server = fakeServer([[host('a', '1')], []]);
  server.watches.push(events({ type: 'DELETED', object: host('a', '2') }));
  const { informer, changes } = watch(server);
  await until(() => expect(changes).toEqual(['+a', '-a']));
  expect(informer.list()).toEqual([]);
  informer.stop();
});
