// T15: write_files writes where it says, as it says, or not at all: not up, not through links, not into devices, not into
// what is the agent's; and what only root may read is never readable by others, not even for a moment.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../lab/wait.ts';
import { compareListings, KEPT, listMachine } from '../integration/host/machine-listing.ts';
import {
  give,
  joinOf,
  makeEnvelope,
  newClaim,
  openHand,
  readReport,
  refusalOf,
  resetHost,
  send,
  type Claim,
  type Hand,
  type WrittenFile,
} from './host-orders.ts';
import { openWorld } from './world.ts';

let hand: Hand;
let claim: Claim;
let before: string[];
let attempt = 0;

/** What an intruder on the host has put there before: links of a local user and of root, a device, a pipe. */
const PLANTED = `set -e
  mkdir -p /root/t15/way /root/t15/made && echo victim > /root/t15/victim
  ln -s /etc /tmp/t15-planted && chown -h nobody /tmp/t15-planted
  ln -s /var/lib/byo-agent /root/t15/way/state; ln -s /etc/byo-agent /root/t15/way/config
  ln -s /proc/sys/kernel /root/t15/way/kernel; ln -s state /root/t15/way/again; ln -s /dev /root/t15/way/dev
  ln -s loop /root/t15/way/loop; ln -s /root/t15/victim /root/t15/way/link
  mkfifo /root/t15/pipe`;

beforeAll(async () => {
  hand = await openHand(await openWorld(), 'host1');
  claim = await newClaim(hand, 't15');
  await hand.run(PLANTED);
  before = await listMachine(hand.host);
});
afterAll(async () => {
  await resetHost(hand, claim);
  await hand.run('rm -rf /root/t15; rm -f /tmp/t15-planted');
  await hand.close();
});

const join = (files: WrittenFile[]) => joinOf(files, [], `join#${(attempt += 1)}`);
const changes = async () => compareListings(before, await listMachine(hand.host), KEPT);

const REFUSED = [
  '../etc/t15',
  'etc/t15',
  '/root/../etc/t15',
  '/root/t15/..',
  '/root/./t15/x',
  '//etc/t15',
  '/etc//t15',
  '/etc/t15/',
  '/',
  '/root/t15/a\u0000b',
  '/root/t15/a\nb',
  '/root/t15/\u202Ex',
  `/root/t15/${'n'.repeat(256)}`,
  `/root${'/deep'.repeat(900)}`,
  '/proc/sys/kernel/core_pattern',
  '/proc/1/environ',
  '/proc/self/mem',
  '/sys/kernel/uevent_helper',
  '/dev/null',
  '/dev/shm/t15',
  '/var/lib/byo-agent/identity.json',
  '/var/lib/byo-agent',
  '/etc/byo-agent/config.yaml',
  '/run/byo-agent/t15',
  '/var/run/byo-agent/t15',
  '/usr/local/lib/byo-agent/current/lib/main.cjs',
];

/** Only on the host one sees where these lead. */
const ASTRAY = [
  '/tmp/t15-planted/cron.d/t15',
  '/root/t15/way/state/t15',
  '/root/t15/way/config/t15',
  '/root/t15/way/kernel/core_pattern',
  '/root/t15/way/again/t15',
  '/root/t15/way/dev/t15',
];

test.each([...REFUSED, ...ASTRAY])('T15: %j is not written', async (path) => {
  const refusal = await refusalOf(give(hand, claim, join([{ path, content: 't15' }])));
  expect(refusal.type).toBe(ASTRAY.includes(path) ? 'StepFailed' : 'BootstrapDataInvalid');
});

test('T15: nothing has changed by all of these', async () => {
  expect(await changes()).toEqual([]);
  expect(
    await hand.run('find / -xdev -type f -size -1k -newer /root/t15/victim -exec grep -lxF t15 {} + || true'),
  ).toBe('');
});

test('T15: a link at the very place is replaced, and what it pointed to stays', async () => {
  await give(hand, claim, join([{ path: '/root/t15/way/link', content: 'ours', permissions: '0600' }]));
  expect(await hand.run('cat /root/t15/victim /root/t15/way/link')).toBe('victim\nours');
  expect(await hand.run('stat -c %F:%a /root/t15/way/link')).toBe('regular file:600');
});

test('T15: a pipe in the way is not written into; the host says so and waits for a person', async () => {
  const { result } = await send(
    hand,
    'join',
    await makeEnvelope(hand, claim, join([{ path: '/root/t15/pipe', content: 'x' }])),
  );
  const probe = async () => {
    const { operation } = await readReport(hand);
    return operation?.message?.includes('/root/t15/pipe is in the way') ? undefined : JSON.stringify(operation);
  };
  await waitFor('the host to say what is in the way', probe, { timeoutMs: 20_000 });
  await hand.run('rm /root/t15/pipe');
  await result;
  expect(await hand.run('cat /root/t15/pipe')).toBe('x');
});

/** Looks at every file below a folder as fast as it can, until it is told to stop, and prints the modes that it saw. */
const WATCH = `const fs = require('node:fs'); const seen = new Set(); let looks = 0;
  fs.writeFileSync('/root/t15/watching', '');
  while (!fs.existsSync('/root/t15/stop')) for (const name of fs.readdirSync('/root/t15/made')) {
    try { seen.add((fs.lstatSync('/root/t15/made/' + name).mode & 0o777).toString(8)); looks += 1; } catch {}
  }
  console.log(JSON.stringify({ looks, seen: [...seen] }));`;

test('T15: a file for root alone is readable by nobody else at any moment, also while it is being written', async () => {
  // Megabytes of zeros: large enough that writing them takes as long as hundreds of looks.
  const content = gzipSync(Buffer.alloc(4_000_000)).toString('base64');
  const files = [1, 2, 3, 4].map((n) => {
    return { path: `/root/t15/made/secret-${n}`, content, encoding: 'gz+b64', permissions: '0600' };
  });
  const watching = hand.host.exec(['/usr/local/lib/byo-agent/current/bin/node', '-e', WATCH]);
  const probe = async () => ((await hand.run('ls /root/t15')).includes('watching') ? undefined : 'no watcher yet');
  await waitFor('the watcher', probe, { timeoutMs: 20_000 });
  await give(hand, claim, join(files));
  await hand.run('touch /root/t15/stop');
  const { looks, seen } = JSON.parse((await watching).stdout);
  expect(looks).toBeGreaterThan(100);
  expect(seen).toEqual(['600']);
});

test('T15: what was written stands where it may, and nothing else differs', async () => {
  const allowed =
    /^[+-] \/root\/t15\/(way\/link|pipe|made\/secret-\d|made|way|watching|stop) |^[+-] \/root\/t15 |^\+ unit byo-runcmd-join-/;
  expect((await changes()).filter((line) => !allowed.test(line))).toEqual([]);
});
