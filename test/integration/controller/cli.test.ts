// Program `byo` against a real API server; the command it prints is read back as a shell reads it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { parseToken } from '../../../common/enrollment/token.ts';
import { BYO_HOST_ENROLLMENTS, BYO_HOSTS, SECRETS } from '../../../common/kube/resources.ts';
import { bring, makeKeys, open, requestOf, startEnrollment } from './enrolling.ts';
import { admin, newNamespace, prepareServer } from './fixtures.ts';

beforeAll(prepareServer);

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const byo = (...args: string[]) =>
  execa(process.execPath, [join(root, 'cli/main.ts'), ...args, '--kubeconfig', process.env.BYO_TEST_KUBECONFIG ?? ''], {
    reject: false,
  });

/** What a shell makes of the command: a function in place of the agent tells what it was given. */
async function readAsShell(command: string): Promise<{ args: string[]; token: string }> {
  const agent = `byo-agent() { printf '%s\\n' "$@"; echo --; cat; }`;
  const { stdout } = await execa('bash', ['-c', `${agent}\n${command}`]);
  const [args = '', token = ''] = stdout.split('\n--\n');
  return { args: args.split('\n'), token };
}

async function expectNowhere(namespace: string, secret: string): Promise<void> {
  const stored = JSON.stringify([
    await admin.get(SECRETS, { namespace, name: 'byo-enrollment-e' }),
    await admin.get(BYO_HOST_ENROLLMENTS, { namespace, name: 'e' }),
  ]);
  expect(stored).not.toContain(secret);
  expect(stored).not.toContain(Buffer.from(secret).toString('base64').slice(0, 40));
}

test('create prints one command; with its token a host registers; the token is kept nowhere', async () => {
  const namespace = await newNamespace();
  await using enrollment = await startEnrollment();
  const options = ['-n', namespace, '--gateway', 'gw.example:8443', '--label', 'site=a', '--ttl', '2h'];
  const { stdout, exitCode } = await byo('enroll', 'create', 'e', ...options);
  expect(exitCode).toBe(0);
  const { args, token } = await readAsShell(stdout);
  const pin = expect.stringMatching(/^sha256:[\w-]{43}$/);
  expect(args).toEqual(['enroll', '--gateway', 'gw.example:8443', '--ca-pin', pin, '--token-file', '-']);
  const { macKey, ...where } = parseToken(token);
  const request = await requestOf(await makeKeys(), macKey, where);
  const answer = await open(enrollment, await bring(enrollment, 'enroll', { request }), request);
  const host = await admin.get(BYO_HOSTS, { namespace, name: answer.name });
  expect(host.metadata.labels).toEqual({ site: 'a' });
  await expectNowhere(namespace, token.split(':')[2] ?? '');
  expect((await byo('host', 'revoke', answer.name, '-n', namespace)).exitCode).toBe(0);
  const { spec } = await admin.get(BYO_HOSTS, { namespace, name: answer.name });
  expect(spec).toMatchObject({ unschedulable: true, keys: [{ use: 'sealing' }] });
  expect((await byo('host', 'list', '-n', namespace)).stdout).toContain(answer.hostID);
  const replace = ['-n', namespace, '--gateway', 'gw:1', '--replace', answer.name];
  expect((await byo('enroll', 'create', 'again', ...replace)).stderr).toMatch(/was revoked\n.*--revoked/);
  expect((await byo('enroll', 'create', 'again', ...replace, '--revoked')).exitCode).toBe(0);
  const { spec: again } = await admin.get(BYO_HOST_ENROLLMENTS, { namespace, name: 'again' });
  expect(again).toMatchObject({ replaceHost: answer.name, replaceRevoked: true });
  expect((await byo('enroll', 'list', '-n', namespace)).stdout).toMatch(/^e +1\/1 /m);
});

test('the hash of the agent package is printed, for the machine to compare', async () => {
  const namespace = await newNamespace();
  await (await startEnrollment()).stop();
  const folder = await mkdtemp(join(tmpdir(), 'byo-cli-'));
  await writeFile(join(folder, 'agent.tar.gz'), 'a package');
  const options = ['-n', namespace, '--gateway', 'gw:1', '--agent-package', join(folder, 'agent.tar.gz')];
  const { stdout } = await byo('enroll', 'create', 'e', ...options);
  const check = /^# the agent package is to be this one: (echo .+)$/m.exec(stdout)?.[1] ?? 'false';
  expect((await execa('bash', ['-c', check], { cwd: folder })).stdout).toBe('agent.tar.gz: OK');
  const missing = await byo('enroll', 'create', 'f', ...options.slice(0, -1), join(folder, 'none'));
  expect([missing.exitCode, missing.stderr]).toEqual([1, expect.stringContaining('ENOENT')]);
  expect(await admin.find(BYO_HOST_ENROLLMENTS, { namespace, name: 'f' })).toBeUndefined();
  await rm(folder, { recursive: true });
});

test('a revoked enrollment admits nobody, and errors say what to do', async () => {
  const namespace = await newNamespace();
  await using enrollment = await startEnrollment();
  const made = await byo('enroll', 'create', 'e', '-n', namespace, '--gateway', 'gw:1', '-o', 'json');
  const { macKey, ...where } = parseToken(JSON.parse(made.stdout).token);
  const request = await requestOf(await makeKeys(), macKey, where);
  expect((await byo('enroll', 'revoke', 'e', '-n', namespace)).exitCode).toBe(0);
  expect((await bring(enrollment, 'enroll', { request })).status).toBe(403);
  const unknown = await byo('enroll', 'create', 'x', '-n', namespace);
  expect([unknown.exitCode, unknown.stderr]).toEqual([1, expect.stringContaining('--gateway HOST:PORT')]);
  const nobody = await byo('enroll', 'create', 'x', '-n', namespace, '--gateway', 'gw:1', '--replace', 'nobody');
  expect(nobody.stderr).toContain('there is no ByoHost');
  const revoked = await byo('enroll', 'create', 'x', '-n', namespace, '--gateway', 'gw:1', '--revoked');
  expect([revoked.exitCode, revoked.stderr]).toEqual([1, expect.stringContaining('--replace HOST')]);
});
