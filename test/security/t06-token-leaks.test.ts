// T6: an enrollment token is seen by whoever makes it and by the host that uses it, and is kept nowhere: not in a command line,
// an environment, an object, a log, a history, on a disk.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { enrollmentSecretOf } from '../../api/names.ts';
import { invite, type Invitation } from '../../harness/hosts.ts';
import { parseToken } from '../../common/enrollment/token.ts';
import { waitFor } from '../../lab/wait.ts';
import type { HostHandle } from '../../lab/index.ts';
import { scanHistories, scanHost, scanInstance, scanObjects, scanProcesses } from './leak-scan.ts';
import { openSilence } from './rogue-gateway.ts';
import { enrollSecond, forgetSecond, interrupt, isEnrolled, makeSecond, type Second } from './second-identity.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let host: HostHandle;
let invitation: Invitation;
let secret: string;
let second: Second;
const whileMade: string[][] = [];
const enrollment = () => parseToken(invitation.token).enrollment;

beforeAll(async () => {
  world = await openWorld();
  const [first] = world.hosts;
  if (!first) throw new Error('no host');
  host = first;
  const made = invite(world.instance, 't06', {});
  // Whatever `byo enroll create` shows while it runs; compared once the token is known.
  const done = new AbortController();
  const watched = (async () => {
    while (!done.signal.aborted) whileMade.push(await scanProcesses('byo1:'));
  })();
  invitation = await made;
  done.abort();
  await watched;
  secret = invitation.token.split(':').at(-1) ?? '';
  second = await makeSecond(host, 't06', invitation.token);
});
afterAll(async () => {
  await forgetSecond(second);
  await world.kubectl.run(['delete', 'byohostenrollment', enrollment()]);
  await world.kubectl.run(['delete', 'byohost', 't06', '--ignore-not-found']);
});

test('T6: no process shows it while `byo enroll create` makes it', () => {
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(whileMade.length).toBeGreaterThan(0);
  expect(whileMade.flat()).toEqual([]);
});

test('T6: no process shows it while `byo-agent enroll` has it in hand', async () => {
  const silence = await openSilence(world);
  const enrolling = enrollSecond(second, { ...invitation, gateway: silence.address }, 20);
  const probe = async () => (silence.calls() > 0 ? undefined : 'no call yet');
  await waitFor('the agent to call', probe, { timeoutMs: 20_000 });
  expect(await scanProcesses('t06/token')).not.toEqual([]);
  expect(await scanProcesses(secret)).toEqual([]);
  await silence.close();
  // Its call failed; while it waits for the next it is told to end.
  await interrupt(second);
  expect((await enrolling).stdout + (await enrolling).stderr).not.toContain(secret);
});

test('T6: an enrollment that was cut off leaves it in the file that it came in, and nowhere else', async () => {
  expect(await scanHost(host, secret)).toEqual([second.token]);
});

test('T6: after the enrollment it is nowhere on the host', async () => {
  const { exitCode, stdout, stderr } = await enrollSecond(second, invitation);
  expect(stderr).toContain('is enrolled as');
  expect(exitCode).toBe(0);
  expect(stdout + stderr).not.toContain(secret);
  expect(await isEnrolled(second)).toBe(true);
  expect(await scanHost(host, secret)).toEqual([]);
  expect(await scanProcesses(secret)).toEqual([]);
});

test('T6: no object, event, history, log or database of the management side has it', async () => {
  expect(await scanObjects(world, secret)).toEqual([]);
  expect(await scanHistories(world, secret)).toEqual([]);
  expect(await scanInstance(world, secret)).toEqual([]);
  // What is kept instead proves it, and cannot be turned back; it stands in its one Secret and in no log.
  const kept = parseToken(invitation.token).macKey.toString('base64url');
  expect(await scanObjects(world, kept)).toEqual([`default/Secret/${enrollmentSecretOf(enrollment())}`]);
});

test('T6: a leak would have been found', async () => {
  await host.exec(['sh', '-c', 'cat > /var/log/t06-leak; logger -f /var/log/t06-leak'], { input: secret });
  expect(await scanHost(host, secret)).toEqual(expect.arrayContaining(['/var/log/t06-leak', 'journal']));
  await host.exec(['rm', '/var/log/t06-leak']);
  const leak = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 't06-leak' }, data: { token: secret } };
  await world.kubectl.run(['apply', '--server-side', '-f', '-'], JSON.stringify(leak));
  expect(await scanObjects(world, secret)).toEqual(['default/ConfigMap/t06-leak']);
  expect(await scanInstance(world, secret)).not.toEqual([]);
  await world.kubectl.run(['delete', 'configmap', 't06-leak']);
});
