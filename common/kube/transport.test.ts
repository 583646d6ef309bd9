// How each request says who asks.
import { afterEach, expect, test } from 'vitest';
import { KubeConfig } from '@kubernetes/client-node';
import { SERVER_NAMES } from '../../api/gateway.ts';
import { startRecording, type RecordingServer } from '../../test/support/recording-server.ts';
import { createTransport } from './transport.ts';

let server: RecordingServer | undefined;
afterEach(() => server?.close());

test('a token that ends with a newline, as files do, is taken without it; and the program has a name', async () => {
  server = await startRecording((_, response) => response.end('{}'));
  const { url, authority } = server;
  const caData = Buffer.from(authority).toString('base64');
  const config = new KubeConfig();
  const cluster = { name: 'c', server: url, caData, tlsServerName: SERVER_NAMES.controller, skipTLSVerify: false };
  config.loadFromClusterAndUser(cluster, { name: 'u', token: 'of-a-file\n' });
  await createTransport(config).request({ method: 'GET', path: '/version' });
  expect(server.heard).toEqual([{ authorization: 'Bearer of-a-file', userAgent: 'byo' }]);
});
