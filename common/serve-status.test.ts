import { once } from 'node:events';
import { get, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { serveStatus, type Status } from './serve-status.ts';

let server: Server | undefined;
afterEach(() => server?.close());

async function ask(status: Status, path: string): Promise<[number | undefined, string]> {
  server = serveStatus({ host: '127.0.0.1', port: 0 }, status);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const { promise, resolve, reject } = Promise.withResolvers<[number | undefined, string]>();
  get({ host: '127.0.0.1', port, path, agent: false }, (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (part: string) => (text += part));
    answer.on('end', () => resolve([answer.statusCode, text]));
  }).on('error', reject);
  return promise;
}

const status = (ready: boolean): Status => ({ isReady: () => ready, metrics: async () => 'byo_x 1\n' });

test('a program that is not ready lives all the same, and shows its metrics', async () => {
  expect(await ask(status(false), '/healthz')).toEqual([200, 'ok\n']);
  expect(await ask(status(false), '/readyz')).toEqual([503, 'not ready\n']);
  expect(await ask(status(true), '/readyz')).toEqual([200, 'ok\n']);
  expect(await ask(status(false), '/metrics')).toEqual([200, 'byo_x 1\n']);
});

test('metrics that cannot be made are no page of metrics', async () => {
  const broken = { ...status(true), metrics: () => Promise.reject(new Error('no numbers')) };
  expect(await ask(broken, '/metrics')).toEqual([500, 'Error: no numbers']);
});
