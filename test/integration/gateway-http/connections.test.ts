// Connections that are cut, and those that nothing may cut.
import { once } from 'node:events';
import { Agent } from 'node:https';
import { connect } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { GATEWAY_PATHS } from '../../../api/gateway.ts';
import { reportedHost } from '../../support/builders.ts';
import { ask, closed, connectH2, connectHalf, speakH2, tlsOptions } from './client.ts';
import { put, startRunning } from './running.ts';
import { unpin, writeSecret } from './world.ts';

const { world, port, line, newHost, stop, a, b } = await startRunning();
afterAll(stop);

test('T9: a host whose key is unpinned is cut at once and not let in again, others stay', async () => {
  const host = await newHost('stolen');
  const temporal = await connectH2(line(host));
  const other = await connectH2(line(b));
  await unpin(host);
  await closed(temporal);
  expect((await ask(line(host), put(GATEWAY_PATHS.lease))).status).toBe(403);
  await closed(await connectH2(line(host)));
  expect(other.closed).toBe(false);
  other.destroy();
});

test('T21: handshakes that are never finished stop no host, and end', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const lease = () => ask(line(a), { ...put(GATEWAY_PATHS.report, reportedHost()), agent });
  expect((await lease()).status).toBe(204);
  const flood = Array.from({ length: 30 }, (_, n) =>
    Promise.all(Array.from({ length: 30 }, () => connectHalf(port, `127.0.2.${n + 1}`))),
  );
  const half = (await Promise.all(flood)).flat();
  expect((await lease()).status).toBe(204);
  expect((await ask(line(b), put(GATEWAY_PATHS.lease))).status).toBe(200);
  await Promise.all(half.map(closed));
  agent.destroy();
}, 60_000);

test('T21: headers that never end are cut', async () => {
  const socket = connect({ ...tlsOptions(line(a)), ALPNProtocols: ['http/1.1'] });
  await once(socket, 'secureConnect');
  socket.on('error', () => undefined);
  socket.resume();
  socket.write('PUT /v1/lease HTTP/1.1\r\nHost: x\r\n');
  const drip = setInterval(() => socket.write('X: y\r\n'), 1000);
  await closed(socket);
  clearInterval(drip);
  expect(socket.closed).toBe(true);
}, 60_000);

test('a renewed certificate is taken while hosts stay connected', async () => {
  const standing = await speakH2(line(b));
  const fresh = await writeSecret(world);
  const presented = async (): Promise<string> => {
    const socket = await connectH2(line(b));
    const cert = socket.getPeerX509Certificate()?.toString() ?? '';
    socket.destroy();
    return cert.replaceAll(/\s/g, '');
  };
  await expect.poll(presented, { timeout: 45_000, interval: 500 }).toBe(fresh.cert.replaceAll(/\s/g, ''));
  expect(standing.destroyed).toBe(false);
  standing.destroy();
}, 60_000);
