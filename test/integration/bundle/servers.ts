// Real servers of bundles as processes of a test: nginx, Docker's registry, Python's web server, and a relay to be cut.
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { onTestFinished, vi } from 'vitest';
import { makeFolder } from '../../../bundle/testing/fixtures.ts';

const RELAY = fileURLToPath(new URL('../../../lab/relay/main.ts', import.meta.url));

export type Running = {
  port: number;
  /** Everything that it has said. */
  said: () => string;
  stop: () => Promise<void>;
};

/** A port of the loopback that was free a moment ago. */
export async function findPort(): Promise<number> {
  const probe = createServer();
  await once(probe.listen(0, '127.0.0.1'), 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return address !== null && typeof address !== 'string' ? address.port : 0;
}

/** Runs until the test ends; waits until its port is open. */
async function run(argv: readonly string[], port: number, cwd?: string): Promise<Running> {
  const [command = '', ...args] = argv;
  const running = execa(command, args, { reject: false, all: true, stdin: 'ignore', ...(cwd && { cwd }) });
  let said = '';
  running.all.on('data', (part: Buffer) => (said += part.toString()));
  const stop = async () => {
    running.kill('SIGKILL');
    await running;
  };
  onTestFinished(stop);
  await vi
    .waitFor(() => connectTo(port), { timeout: 20_000, interval: 20 })
    .catch((cause: unknown) => {
      throw new Error(`${command} does not answer: ${said}`, { cause });
    });
  return { port, said: () => said, stop };
}

async function connectTo(port: number): Promise<void> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.destroy();
}

/** One request as nginx has logged it; `sent` are bytes of the body. */
export type Sent = { method: string; path: string; status: number; sent: number; range: string };

/** nginx with the body of its `http` section; `log` reads what it has sent. */
export async function startNginx(
  http: (port: number) => string,
  chosen?: number,
): Promise<Running & { log: () => Promise<Sent[]> }> {
  const port = chosen ?? (await findPort());
  const folder = await makeFolder();
  const log = join(folder, 'access.log');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder};`);
  const configuration = [
    'daemon off; master_process off; worker_processes 1; error_log stderr;',
    `pid ${join(folder, 'pid')};`,
    'events {}',
    'http {',
    "log_format sent '$request_method $uri $status $body_bytes_sent $http_range';",
    `access_log ${log} sent; ${temporary.join(' ')}`,
    http(port),
    '}',
  ];
  const path = join(folder, 'nginx.conf');
  await writeFile(path, configuration.join('\n'));
  await writeFile(log, '');
  const argv = [process.env.BYO_TEST_NGINX ?? '', '-c', path, '-p', folder, '-e', 'stderr'];
  return { ...(await run(argv, port)), log: () => readLog(log) };
}

async function readLog(path: string): Promise<Sent[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line) => {
    const [method = '', uri = '', status, sent, range = ''] = line.split(' ');
    return { method, path: uri, status: Number(status), sent: Number(sent), range };
  });
}

/**
 * nginx for a folder; `slow` as over a bad link, so that little waits in the sockets' buffers when it is cut. `more` is
 * added to its server.
 */
export function serveFolder(folder: string, { slow = false, more = '' } = {}) {
  const limit = slow ? 'limit_rate 2m;' : '';
  return startNginx((port) => `server { listen 127.0.0.1:${port}; root ${folder}; ${limit} ${more} }`);
}

/** Docker's registry over a folder; `more` is added to its configuration, which is YAML. */
export async function startRegistry(folder: string, more = ''): Promise<Running> {
  const port = await findPort();
  await mkdir(folder, { recursive: true });
  const path = join(await makeFolder(), 'config.yml');
  const head = ['version: 0.1', 'log: { level: warn }', `storage: { filesystem: { rootdirectory: ${folder} } }`];
  await writeFile(path, [...head, `http: { addr: "127.0.0.1:${port}" }`, more].join('\n'));
  return run([process.env.BYO_TEST_REGISTRY ?? '', 'serve', path], port);
}

/** Python's own web server, which knows no ranges and says each request on standard error. */
export async function startPython(folder: string): Promise<Running> {
  const port = await findPort();
  return run(['/usr/bin/python3', '-u', '-m', 'http.server', '--bind', '127.0.0.1', String(port)], port, folder);
}

/** A link to a port: `cut` ends it with all its connections, `mend` brings it back at the same port. */
export async function startRelay(to: number): Promise<{ port: number; cut: () => void; mend: () => Promise<void> }> {
  const port = await findPort();
  const start = () => run([process.execPath, RELAY, `127.0.0.1:${port}`, `127.0.0.1:${to}`], port);
  let relay = await start();
  let ended: Promise<void> | undefined;
  return {
    port,
    cut: () => {
      ended ??= relay.stop();
    },
    mend: async () => {
      await ended;
      relay = await start();
      ended = undefined;
    },
  };
}
