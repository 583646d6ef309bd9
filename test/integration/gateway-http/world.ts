// A gateway as its own process on a real API server, with a controller that the test plays.
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { GATEWAY_SECRET, SYSTEM_NAMESPACE } from '../../../api/names.ts';
import { BYO_HOSTS, SECRETS } from '../../../common/kube/resources.ts';
import { argumentsOf } from '../../../packaging/programs.ts';
import { admin, newNamespace, prepareServer } from '../controller/fixtures.ts';
import { createAuthority, type Authority, type Holder } from './pki.ts';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
/** The gateway as it ships. */
const programArguments = await argumentsOf(root, 'gateway');
const SECRET = { namespace: SYSTEM_NAMESPACE, name: GATEWAY_SECRET };

/** Everything that a gateway says on standard error, as lines; `port` once it runs. */
export type GatewayProcess = {
  lines: () => string[];
  waitFor: (part: string) => Promise<string>;
  stop: () => Promise<void>;
};

export type Host = Holder & { hostID: string; namespace: string; name: string };

export type World = {
  installation: string;
  authority: Authority;
  namespace: string;
  bundles: string;
  controller: { port: number; answer: RequestListener; seen: string[]; close: () => void };
};

export async function createWorld(): Promise<World> {
  await prepareServer();
  await admin.delete(SECRETS, SECRET);
  const authority = await createAuthority();
  const installation = randomUUID();
  const bundles = await mkdtemp(join(tmpdir(), 'byo-bundles-'));
  return {
    installation,
    authority,
    bundles,
    namespace: await newNamespace(),
    controller: await playController(authority, installation),
  };
}

/** Answers what `answer` says, to a gateway's certificate only, as the real one does. */
async function playController(authority: Authority, installation: string): Promise<World['controller']> {
  const own = await authority.issue({ kind: 'controller', installation });
  const played: World['controller'] = {
    port: 0,
    answer: (_, response) => response.end(),
    seen: [],
    close: () => undefined,
  };
  const tls = { cert: own.cert, key: own.key, ca: authority.pem, requestCert: true, rejectUnauthorized: true };
  const server: Server = createServer({ ...tls, minVersion: 'TLSv1.3' }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      played.seen.push(`${request.url} ${Buffer.concat(parts).toString('utf8')}`);
      played.answer(request, response);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  played.port = address !== null && typeof address !== 'string' ? address.port : 0;
  played.close = () => {
    server.close();
    server.closeAllConnections();
  };
  return played;
}

/** Makes the Secret as the controller does, or renews the certificate in it. */
export async function writeSecret({ authority, installation }: World): Promise<Holder> {
  const own = await authority.issue({ kind: 'gateway', installation });
  const texts = { 'tls.crt': `${own.cert}\n${authority.pem}`, 'tls.key': own.key, 'ca.crt': authority.pem };
  const data = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, encode(Buffer.from(text))]));
  const body = { data: { ...data, 'token-key': encode(randomBytes(32)) } };
  await admin.apply(SECRETS, SECRET, { manager: 'test', body });
  return own;
}

/** A ByoHost with a certificate whose key is pinned to it. */
export async function createHost(
  { authority, installation, namespace }: World,
  name: string,
  change: { endsAt?: Date } = {},
): Promise<Host> {
  const hostID = randomUUID();
  const holder = await authority.issue({ kind: 'host', installation, hostID }, change);
  const spec = { hostID, keys: [{ id: holder.keyID, use: 'tls', jwk: '{}' }] };
  await admin.create(BYO_HOSTS, { metadata: { namespace, name }, spec }, namespace);
  return { ...holder, hostID, namespace, name };
}

/** Takes all keys of a host away, as `byo host revoke` does. */
export async function unpin({ namespace, name }: Host): Promise<void> {
  await admin.patch(BYO_HOSTS, { namespace, name }, { manager: 'test', body: { spec: { keys: null } } });
}

export function startGateway({ controller, bundles }: World): GatewayProcess {
  const options = {
    kubeconfig: process.env.BYO_TEST_KUBECONFIG ?? '',
    listen: '127.0.0.1:0',
    controller: `127.0.0.1:${controller.port}`,
    bundles,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const argv = [...programArguments, ...args];
  const running = execa(process.execPath, argv, { reject: false, buffer: false });
  const lines = collect(running.iterable({ from: 'stderr' }));
  return {
    lines: () => [...lines.all],
    waitFor: (part) => lines.find(part),
    stop: async () => {
      running.kill('SIGTERM');
      await running;
    },
  };
}

function collect(source: AsyncIterable<string>): { all: string[]; find: (part: string) => Promise<string> } {
  const all: string[] = [];
  const waiting = new Set<() => void>();
  const read = async (): Promise<void> => {
    for await (const line of source) {
      all.push(line);
      for (const look of waiting) look();
    }
  };
  void read().catch(() => undefined);
  return {
    all,
    find: (part) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const look = (): void => {
        const line = all.find((one) => one.includes(part));
        if (line === undefined) return;
        waiting.delete(look);
        resolve(line);
      };
      waiting.add(look);
      look();
      return promise;
    },
  };
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64');
}
