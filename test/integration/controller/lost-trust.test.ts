// The CA is gone, and hosts trust it: no other is made in silence; the controller runs on, says so, and goes on when the
// trust is imported. All on a real API server, with the program as it is started.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { CA_SECRET, CA_SECRET_KEYS, SIGNING_KEY_SECRET, SYSTEM_NAMESPACE } from '../../../api/names.ts';
import { findCondition } from '../../../common/kube/conditions.ts';
import { BYO_HOSTS, SECRETS, type Secret } from '../../../common/kube/resources.ts';
import { ensureAuthority } from '../../../controller/enrollment/ensure-authority.ts';
import { TrustLost } from '../../../controller/keys/new-trust.ts';
import { ensureSigningKey } from '../../../controller/keys/signing-key.ts';
import { argumentsOf } from '../../../packaging/programs.ts';
import { bring, createEnrollment, makeKeys, MANAGEMENT, requestOf, startEnrollment } from './enrolling.ts';
import { admin, newNamespace, ours, prepareServer } from './fixtures.ts';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const kubeconfig = process.env.BYO_TEST_KUBECONFIG ?? '';
const CA = { namespace: SYSTEM_NAMESPACE, name: CA_SECRET };
const SIGNING = { namespace: SYSTEM_NAMESPACE, name: SIGNING_KEY_SECRET };
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 250 });

let folder: string;
let namespace: string;
let authority: Secret;

/** An enrolled host, and its trust in a file. */
beforeAll(async () => {
  await prepareServer();
  folder = await mkdtemp(join(tmpdir(), 'byo-trust-'));
  await writeFile(join(folder, 'passphrase'), 'correct horse battery\n', { mode: 0o600 });
  namespace = await newNamespace();
  await ensureSigningKey(ours());
  await using enrollment = await startEnrollment();
  const macKey = await createEnrollment(namespace, 'e');
  const request = await requestOf(await makeKeys(), macKey, { namespace, enrollment: 'e', hostname: 'h' });
  const { status } = await bring(enrollment, 'enroll', { request });
  if (status !== 200) throw new Error(`the host is not enrolled: ${status}`);
  authority = await admin.get(SECRETS, CA);
  await must(byo('export', 'a.trust'));
}, 120_000);

/** Whatever a test has left, the others find what they know. */
beforeEach(async () => {
  await must(byo('import', 'a.trust'));
}, 60_000);
afterAll(async () => {
  await byo('import', 'a.trust');
  await rm(folder, { recursive: true });
}, 60_000);

function byo(what: 'export' | 'import', file: string, ...more: string[]) {
  const args = ['trust', what, join(folder, file), '--passphrase-file', join(folder, 'passphrase')];
  const program = join(root, 'cli/main.ts');
  return execa(process.execPath, [program, ...args, ...more, '--kubeconfig', kubeconfig], { reject: false });
}

async function must(running: ReturnType<typeof byo>): Promise<void> {
  const { exitCode, stderr } = await running;
  if (exitCode !== 0) throw new Error(stderr);
}

const lose = () => Promise.all([admin.delete(SECRETS, CA), admin.delete(SECRETS, SIGNING)]);

test('no CA and no signing key is made while a host trusts others; by the option both are', async () => {
  await lose();
  await expect(ensureAuthority(ours(), MANAGEMENT)).rejects.toThrow(TrustLost);
  await expect(ensureAuthority(ours(), MANAGEMENT)).rejects.toThrow(/byo trust import.*--new-installation/);
  await expect(ensureSigningKey(ours())).rejects.toThrow(TrustLost);
  expect([await admin.find(SECRETS, CA), await admin.find(SECRETS, SIGNING)]).toEqual([undefined, undefined]);
  await ensureSigningKey(ours(), { newInstallation: true });
  const made = await ensureAuthority(ours(), MANAGEMENT, { newInstallation: true });
  expect(made.installation).not.toBe(
    Buffer.from(authority.data[CA_SECRET_KEYS.installation] ?? '', 'base64').toString(),
  );
  const refused = await byo('import', 'a.trust');
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('is not that of the file')]);
  await lose();
});

test('a signing key alone is made anew: hosts hear of it by the CA', async () => {
  const before = await ensureSigningKey(ours());
  await admin.delete(SECRETS, SIGNING);
  const after = await ensureSigningKey(ours());
  expect(after.id).not.toBe(before.id);
  await admin.delete(SECRETS, SIGNING);
});

test('a file is not replaced by accident, and the same trust may come twice', async () => {
  const again = await byo('export', 'a.trust');
  expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('is there already')]);
  expect((await byo('import', 'a.trust')).stdout).toContain('is here already');
  await writeFile(join(folder, 'wrong'), 'another passphrase\n');
  const closed = await byo('import', 'a.trust', '--passphrase-file', join(folder, 'wrong'));
  expect([closed.exitCode, closed.stderr]).toEqual([1, expect.stringContaining('cannot be opened')]);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = z.object({ port: z.int() }).parse(server.address());
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

async function startController(metricsPort: number, listenPort: number): Promise<ChildProcess> {
  const where = ['--kubeconfig', kubeconfig, '--namespace', namespace, '--temporal-address', '127.0.0.1:1'];
  const doors = ['--enrollment-listen', `127.0.0.1:${listenPort}`, '--metrics-port', String(metricsPort)];
  return spawn(process.execPath, [...(await argumentsOf(root, 'controller')), ...where, ...doors], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

test('a controller that finds the trust lost runs on and says so; once it is imported, hosts go on', async () => {
  await lose();
  const port = await freePort();
  const controller = await startController(port, await freePort());
  try {
    const linkIs = async (reason: string, words: string) => {
      const { status } = await admin.get(BYO_HOSTS, { namespace, name: 'h' });
      const link = findCondition(status?.conditions, 'Connected');
      expect([link?.reason, link?.message]).toEqual([reason, expect.stringContaining(words)]);
    };
    const metricIs = async (value: number) => {
      const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      expect(page).toContain(`byo_trust_lost ${value}`);
    };
    await until(() => linkIs('TrustLost', 'byo trust import'));
    await until(() => metricIs(1));
    expect(await admin.find(SECRETS, CA)).toBeUndefined();
    expect((await byo('import', 'a.trust')).stdout).toContain('byo-signing-key and byo-ca were made');
    await until(() => linkIs('NeverSeen', ''));
    await until(() => metricIs(0));
    expect((await admin.get(SECRETS, CA)).data).toEqual(authority.data);
  } finally {
    const ended = once(controller, 'exit');
    controller.kill('SIGKILL');
    await ended;
  }
});
