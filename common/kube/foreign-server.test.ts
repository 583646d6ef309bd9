// A server that somebody else names: what it is told is what his own kubeconfig holds, and only it is told so.
import { afterEach, expect, test } from 'vitest';
import {
  kubeconfigFor,
  startRecording,
  type Answer,
  type RecordingServer,
} from '../../test/support/recording-server.ts';
import { connect } from './connect.ts';
import { NODES } from './resources.ts';

const servers: RecordingServer[] = [];

afterEach(() => {
  for (const { close } of servers.splice(0)) close();
});

async function serve(answer: Answer): Promise<RecordingServer> {
  const server = await startRecording(answer);
  servers.push(server);
  return server;
}

function listNodes(server: RecordingServer, how: { trusted?: boolean } = {}, timeoutMs = 5000): Promise<unknown> {
  return connect({ text: kubeconfigFor(server, { token: 'his-own' }, how), timeoutMs }).list(NODES);
}

const elsewhere = (where: string, status = 307): Answer => {
  return (_, response) => response.writeHead(status, { location: `${where}/api/v1/nodes` }).end('{}');
};
const noNodes: Answer = (_, response) => response.end('{"items":[]}');
const authorizations = ({ heard }: RecordingServer) => heard.map(({ authorization }) => authorization);

test.each([301, 302, 303, 307, 308])('a redirect is not followed, not even to the same server: %i', async (status) => {
  const target = await serve(noNodes);
  const first = await serve(elsewhere(target.url, status));
  await expect(listNodes(first)).rejects.toThrow(`it answers ${status} and sends us elsewhere`);
  const itself = await serve((request, response) => {
    elsewhere(`https://${request.headers.host}`, status)(request, response);
  });
  await expect(listNodes(itself)).rejects.toThrow('not followed');
  expect([target, first, itself].map(authorizations)).toEqual([[], ['Bearer his-own'], ['Bearer his-own']]);
});

test('the way is straight, whatever the process has as its proxy, also where no CA is named', async () => {
  const server = await serve(noNodes);
  const dispatcher = Symbol.for('undici.globalDispatcher.1');
  const before: unknown = Reflect.get(globalThis, dispatcher);
  Reflect.set(globalThis, dispatcher, { dispatch: () => expect.unreachable('the proxy of the process was asked') });
  try {
    await expect(listNodes(server)).resolves.toBeDefined();
    await expect(listNodes(server, { trusted: false })).rejects.toThrow(/unable to (verify|get local issuer)/);
  } finally {
    Reflect.set(globalThis, dispatcher, before);
  }
  expect(authorizations(server)).toEqual(['Bearer his-own']);
});

test('an answer without end is left', async () => {
  const server = await serve((_, response) => {
    const part = Buffer.alloc(4 * 1024 * 1024, ' ');
    const more = (): void => {
      if (!response.destroyed) response.write(part, more);
    };
    more();
  });
  // The bound is of bytes: on a busy machine they take longer than a request otherwise may.
  await expect(listNodes(server, {}, 60_000)).rejects.toThrow(/larger than \d+ bytes/);
}, 60_000);
