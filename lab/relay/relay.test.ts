// The relay as the process it is: bytes both ways, half-closed connections, and an address that comes later.
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { parseEndpoint } from './endpoint.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

test('an answer that follows the end of the question comes through', async () => {
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    const heard: Buffer[] = [];
    socket.on('data', (data) => heard.push(data));
    socket.on('end', () => socket.end(`heard ${Buffer.concat(heard).length}`));
  });
  const port = await startRelay(await listen(echo));
  const client = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true });
  client.end(Buffer.alloc(3_000_000));
  expect(await readAll(client)).toBe('heard 3000000');
  echo.close();
});

test('nobody behind the relay ends the connection', async () => {
  const gone = createServer();
  const to = await listen(gone);
  await new Promise((resolve) => {
    gone.close(resolve);
  });
  const client = createConnection({ port: await startRelay(to), host: '127.0.0.1' });
  client.on('error', () => undefined);
  await once(client, 'close');
  expect(client.destroyed).toBe(true);
});

test('endpoints are read, nonsense is refused', () => {
  expect(parseEndpoint('10.90.1.1:7233')).toEqual({ host: '10.90.1.1', port: 7233 });
  expect(parseEndpoint('[::1]:80')).toEqual({ host: '::1', port: 80 });
  for (const text of ['10.0.0.1', ':80', 'a:0', 'a:65536', '::1:80'])
    expect(() => parseEndpoint(text)).toThrow('not an ADDRESS:PORT');
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function startRelay(to: number): Promise<number> {
  const probe = createServer();
  const port = await listen(probe);
  probe.close();
  await once(probe, 'close');
  const child = spawn(process.execPath, [MAIN, `127.0.0.1:${port}`, `127.0.0.1:${to}`]);
  onTestFinished(() => void child.kill());
  await once(child.stderr, 'data');
  return port;
}

async function readAll(socket: Socket): Promise<string> {
  const heard: Buffer[] = [];
  socket.on('data', (data) => heard.push(data));
  await once(socket, 'close');
  return Buffer.concat(heard).toString();
}
