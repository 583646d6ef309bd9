// Bundles in a real registry: pushed by our own tool, pulled as a host pulls them, in clear, over TLS, with a token.
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { SignJWT, importPKCS8 } from 'jose';
import { afterAll, expect, test } from 'vitest';
import { openAnySource } from '../../../bundle/sources/open-source.ts';
import { makeBundle, makeFolder } from '../../../bundle/testing/fixtures.ts';
import { expectSentOnce, fetchOverCut, fetchWhole, makeEmptyStore } from './fetching.ts';
import { findPort, startNginx, startRegistry, startRelay } from './servers.ts';
import { makeServerPair, type ServerPair } from './server-pair.ts';

/** Trusted as what the machine trusts; that is read at the first connection of a process. */
const trusted = await makeServerPair(await mkdtemp(join(tmpdir(), 'byo-tls-')));
process.env.SSL_CERT_FILE = trusted.certFile;
afterAll(() => rm(dirname(trusted.certFile), { recursive: true }));

const TOOL = fileURLToPath(new URL('../../../bundle/tool/main.ts', import.meta.url));

const push = (folder: string, repository: string) =>
  execa(process.execPath, [TOOL, 'push', folder, repository], { reject: false });

/** A small bundle in a registry's folder, put there by `npm run bundle -- push`. */
async function pushBundle() {
  const bundle = await makeBundle();
  const storage = await makeFolder();
  const registry = await startRegistry(storage);
  const repository = `127.0.0.1:${registry.port}/edge/bundles`;
  const pushed = await push(bundle.folder, `oci+http://${repository}`);
  expect(pushed).toMatchObject({ exitCode: 0, stdout: `v1.36.3 ${bundle.digest}` });
  return { ...bundle, storage, registry, repository };
}

type Front = { registry: number; pair: ServerPair; port?: number; more?: string };

/** nginx before a registry, as people give it TLS; slow, so that little waits in the sockets' buffers. */
function startFront({ registry, pair, port, more = '' }: Front) {
  const server = (at: number) => `server {
    listen 127.0.0.1:${at} ssl; ssl_certificate ${pair.certFile}; ssl_certificate_key ${pair.keyFile}; ${more}
    location /v2/ {
      proxy_pass http://127.0.0.1:${registry}; proxy_set_header Host $http_host; limit_rate 2m;
      proxy_set_header X-Forwarded-Proto https;
    }
  }`;
  return startNginx(server, port);
}

test('pushed once, pulled by digest and by tag; a second push sends no blob', async () => {
  const { folder, digest, repository } = await pushBundle();
  const address = `oci+http://${repository}`;
  await fetchWhole({ address, digest, store: await makeEmptyStore() });
  expect(await openAnySource(address).resolveTag('v1.36.3')).toBe(digest);
  expect(await push(folder, address)).toMatchObject({ exitCode: 0, stderr: '' });
  await expect(openAnySource(address).resolveTag('v1.0.0')).rejects.toMatchObject({ code: 'BundleNotFound' });
  const elsewhere = fetchWhole({ address: `${address}/none`, digest, store: await makeEmptyStore() });
  await expect(elsewhere).rejects.toMatchObject({ code: 'BundleNotFound' });
});

test('over TLS, by the machine’s own trust; a cut goes on by range, and a stranger’s certificate is refused', async () => {
  const { digest, registry, folder } = await pushBundle();
  const front = await startFront({ registry: registry.port, pair: trusted });
  const link = await startRelay(front.port);
  const address = `oci://localhost:${link.port}/edge/bundles`;
  const blob = await fetchOverCut({ address, digest, store: await makeEmptyStore() }, link);
  const sent = (await front.log()).filter(({ path }) => path.endsWith(blob.digest));
  expect(sent.map(({ status, range }) => [status, range === '-'])).toEqual([
    [200, true],
    [206, false],
  ]);
  expectSentOnce(
    blob,
    sent.map((one) => one.sent),
  );
  const stranger = await startFront({ registry: registry.port, pair: await makeServerPair(await makeFolder()) });
  const refused = fetchWhole({
    address: `oci://localhost:${stranger.port}/edge/bundles`,
    digest,
    store: await makeEmptyStore(),
  });
  await expect(refused).rejects.toMatchObject({ code: 'SourceInterrupted', message: /self-signed certificate/ });
  expect((await push(folder, `oci://localhost:${stranger.port}/x`)).stderr).toMatch(/SourceInterrupted: .*self-signed/);
});

test('a registry that wants a token from everybody gets one; one that wants a login is told apart', async () => {
  const { digest, storage } = await pushBundle();
  const service = 'registry.test';
  const port = await findPort();
  const realm = `{ realm: "https://localhost:${port}/token", service: ${service}, issuer: test`;
  const registry = await startRegistry(storage, `auth: { token: ${realm}, rootcertbundle: ${trusted.certFile} } }`);
  const token = JSON.stringify({ token: await signToken({ service, name: 'edge/bundles' }) });
  const more = `location = /token { default_type application/json; return 200 '${token}'; }`;
  const front = await startFront({ registry: registry.port, pair: trusted, port, more });
  const address = `oci://localhost:${port}/edge/bundles`;
  await fetchWhole({ address, digest, store: await makeEmptyStore() });
  expect((await front.log()).filter(({ path }) => path === '/token')).toHaveLength(1);
  const closed = await startRegistry(storage, 'auth: { silly: { realm: nobody, service: nobody } }');
  const refused = fetchWhole({
    address: `oci+http://127.0.0.1:${closed.port}/edge/bundles`,
    digest,
    store: await makeEmptyStore(),
  });
  await expect(refused).rejects.toMatchObject({ code: 'SourceRefused', message: /wants credentials/ });
});

/** As distribution's registries believe it: the certificate in the head, what may be done in the body. */
async function signToken({ service, name }: { service: string; name: string }): Promise<string> {
  const x5c = [new X509Certificate(trusted.cert).raw.toString('base64')];
  return new SignJWT({ access: [{ type: 'repository', name, actions: ['pull'] }] })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', x5c })
    .setIssuer('test')
    .setAudience(service)
    .setSubject('')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(await importPKCS8(trusted.key, 'ES256'));
}
