// T32: whoever takes a host over holds nothing that opens the management side: everything on its disk and in its memory-backed
// files that could be a credential is tried on the API server and on Temporal, and both are out of its reach besides.
import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { IdentityAnswer } from '../../api/gateway.ts';
import { SYSTEM_NAMESPACE } from '../../api/names.ts';
import { parseToken } from '../../common/enrollment/token.ts';
import { invite } from '../../harness/hosts.ts';
import type { HostHandle } from '../../lab/index.ts';
import { runOn } from '../integration/host/run-on.ts';
import { scanHost } from './leak-scan.ts';
import { enrollSecond, forgetSecond, makeSecond, type Second } from './second-identity.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let host: HostHandle;
let second: Second;
let enrollment: string;
beforeAll(async () => {
  world = await openWorld();
  const [first] = world.hosts;
  if (!first) throw new Error('no host');
  host = first;
  // One that has enrolled just now, so that what enrollment brings to a host today is there as well.
  const invitation = await invite(world.instance, 't32', {});
  enrollment = parseToken(invitation.token).enrollment;
  second = await makeSecond(host, 't32', invitation.token);
  const { exitCode, stderr } = await enrollSecond(second, invitation);
  if (exitCode !== 0) throw new Error(stderr);
});
afterAll(async () => {
  await forgetSecond(second);
  await world.kubectl.run(['delete', 'byohostenrollment', enrollment]);
  await world.kubectl.run(['delete', 'byohost', 't32']);
});

const FOLDERS = '/etc /root /home /var /opt /usr/local /srv /run /tmp /dev/shm';
/** Files with these words, but for programs and what the operating system itself brings. */
const search = (pattern: string, options: string) =>
  runOn(
    host,
    `grep ${options} --exclude-dir=byo-bundles --exclude-dir=ssl -aE '${pattern}' ${FOLDERS} 2>/dev/null || true`,
  );

const lines = (text: string) => [...new Set(text.split('\n').filter(Boolean))];

/** Compact JWTs with the three parts that a bearer token has. */
const findTokens = async () =>
  lines(await search('eyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{20,}', '-rhoI'));
const KUBECONFIG = '^(kind: Config$|current-context:|.*"current-context":|.*client-key-data|.*client-certificate-data)';
const findKubeconfigs = async () => lines(await search(KUBECONFIG, '-rlI'));

/** Status of `GET /api/v1/namespaces` with this credential. */
async function askApiServer(credential: { token?: string; cert?: string; key?: string }): Promise<number> {
  const { local, caFile } = world.instance.apiServer;
  const { token, ...tls } = credential;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const options = { ...tls, ca: await readFile(caFile), headers, agent: false };
  request(`${local}/api/v1/namespaces`, options, (answer) => resolve(answer.resume().statusCode ?? 0))
    .on('error', reject)
    .end();
  return promise;
}

const KeyFile = z.object({ privateJwk: z.looseObject({ kty: z.string() }) });
const isRefused = (status: number) => status === 401 || status === 403;

test('T32: no kubeconfig, and no token that the API server takes', async () => {
  expect(await findKubeconfigs()).toEqual([]);
  for (const token of await findTokens()) expect(await askApiServer({ token })).toBe(401);
});

test('T32: the certificate of the host opens nothing but the gateway', async () => {
  const identity = IdentityAnswer.parse(JSON.parse(await runOn(host, 'cat /var/lib/byo-agent/identity.json')));
  const { privateJwk } = KeyFile.parse(JSON.parse(await runOn(host, 'cat /var/lib/byo-agent/tls-key.json')));
  const key = createPrivateKey({ key: { ...privateJwk }, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' });
  expect(await askApiServer({ cert: identity.certificate, key: String(key) }).then(isRefused, () => true)).toBe(true);
});

const Secrets = z.object({
  items: z.array(
    z.object({ metadata: z.object({ name: z.string() }), data: z.record(z.string(), z.string()).optional() }),
  ),
});

test('T32: nothing of what is secret in byo-system is on the host', async () => {
  const { items } = Secrets.parse(await world.kubectl.get(['secrets', '-n', SYSTEM_NAMESPACE]));
  const secrets = items.flatMap(({ metadata, data = {} }) =>
    Object.entries(data).map(([name, value]) => ({ what: `${metadata.name}/${name}`, value })),
  );
  expect(secrets.length).toBeGreaterThan(4);
  const found: string[] = [];
  for (const { what, value } of secrets) {
    const parts = secretPartsOf(Buffer.from(value, 'base64'));
    for (const part of parts) found.push(...(await scanHost(host, part)).map((place) => `${what} in ${place}`));
  }
  expect(found).toEqual([]);
});

/** What of a value nobody else may have: the private member of a JWK, a line of a PEM key, random bytes as text. */
function secretPartsOf(value: Buffer): string[] {
  const text = value.toString('latin1');
  const [, member] = /"d":"([\w-]{40,})"/.exec(text) ?? [];
  if (member !== undefined) return [member];
  const [, line] = /PRIVATE KEY-----\s+\S+\s+(\S{40,})/.exec(text) ?? [];
  if (line !== undefined) return [line];
  return value.length === 32 ? [value.toString('base64').slice(0, 42), value.toString('base64url')] : [];
}

test('T32: from the host there is one way to the management side, and it leads to the gateway', async () => {
  const [address = '', door = ''] = world.instance.door.hosts.split(':');
  const ports = [
    world.instance.apiServer.local,
    `http://${world.instance.temporal.address}`,
    world.instance.temporal.ui,
    `http://${world.instance.door.enrollment}`,
  ].map((url) => new URL(url).port);
  const open = (port: string) => host.exec(['timeout', '3', 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port}`]);
  for (const port of ports) expect((await open(port)).exitCode).not.toBe(0);
  expect((await open(door)).exitCode).toBe(0);
});

test('T32: a credential would have been found', async () => {
  const token = await world.kubectl.run(['create', 'token', 'default', '-n', 'default']);
  await host.exec(['sh', '-c', 'mkdir -p /var/lib/byo-agent/t32 && cat > /var/lib/byo-agent/t32/a'], {
    input: `x=${token}\n`,
  });
  const kubeconfig = await readFile(world.instance.kubeconfig, 'utf8');
  await host.exec(['sh', '-c', 'cat > /dev/shm/t32'], { input: kubeconfig });
  try {
    expect(await findKubeconfigs()).toEqual(['/dev/shm/t32']);
    expect(await findTokens()).toContain(token);
    // It is known to the API server, whatever it may do: not 401.
    expect(await askApiServer({ token })).not.toBe(401);
  } finally {
    await runOn(host, 'rm -rf /var/lib/byo-agent/t32 /dev/shm/t32');
  }
});
