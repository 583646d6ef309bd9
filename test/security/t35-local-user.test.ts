// T35: a user of the host who is not root: nothing of the agent's to read, nowhere to reach it, nothing to plant.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../lab/wait.ts';
import { joinOf, makeEnvelope, newClaim, openHand, resetHost, send, type Claim, type Hand } from './host-orders.ts';
import { openWorld } from './world.ts';

const SECRET = 't35-join-token-0123456789';
let hand: Hand;
let claim: Claim;
beforeAll(async () => {
  hand = await openHand(await openWorld(), 'host1');
  claim = await newClaim(hand, 't35');
});
afterAll(async () => {
  await resetHost(hand, claim);
  await hand.run('rm -rf /root/t35; rm -f /tmp/t35-file; find /tmp -maxdepth 1 -user nobody -delete');
  await hand.close();
});

/** As `nobody`; whatever it ends with. */
const asNobody = async (command: string) => {
  const { stdout, stderr } = await hand.host.exec(['runuser', '-u', 'nobody', '--', 'bash', '-c', command]);
  return `${stdout}${stderr}`.trim();
};

const OFF_LIMITS = [
  '/var/lib/byo-agent',
  '/var/lib/byo-agent/identity.json',
  '/etc/byo-agent',
  '/etc/byo-agent/config.yaml',
];

test.each(OFF_LIMITS)('T35: %s is for root alone', async (path) => {
  await hand.run(`test -e ${path}`);
  expect(await asNobody(`cat ${path}; ls ${path}; [ ! -w ${path} ] || echo writable`)).toMatch(
    /^(.*Permission denied\n?){2}$/,
  );
});

test('T35: while a join runs, its secrets are in no file and no process that others can read', async () => {
  const hold = `echo ${SECRET} > /dev/null; touch /root/t35/held; while [ ! -e /root/t35/go ]; do sleep 0.1; done`;
  await hand.run('mkdir -p /root/t35');
  const wish = joinOf([{ path: '/run/kubeadm/t35.yaml', content: SECRET, permissions: '0640' }], [hold]);
  const { result } = await send(hand, 'join', await makeEnvelope(hand, claim, wish));
  const held = async () =>
    (await hand.run('ls /root/t35')).includes('held') ? undefined : 'the join does not run yet';
  await waitFor('the join', held, { timeoutMs: 30_000 });
  // Written so that the searching command does not find itself.
  const pattern = `${SECRET.slice(0, -1)}[${SECRET.slice(-1)}]`;
  const places = `grep -rla '${pattern}' /run /tmp /var/lib/byo-agent /etc /dev/shm 2>/dev/null`;
  // Root finds it: it is there, on tmpfs, so the search of the other user can find it as well.
  expect(await hand.run(`${places}; true`)).toMatch(/^\/run\/byo-agent\//m);
  expect(await asNobody(places)).toBe('');
  const processes = 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null';
  expect(await asNobody(`${processes} | tr '\\0' '\\n' | grep -c '${pattern}'`)).toBe('0');
  await hand.run('touch /root/t35/go');
  await result;
});

test('T35: links that wait where a file will be made lead nowhere', async () => {
  const temporary = `.byo-${createHash('sha256').update('t35-file').digest('hex').slice(0, 16)}.tmp`;
  const links = [temporary, 't35-file'].map((name) => `ln -s /etc/t35-victim '/tmp/${name}'`).join('; ');
  expect(await asNobody(links)).toBe('');
  // In /run it cannot even do that.
  expect(await asNobody('ln -s /etc/t35-victim /run/t35; mkdir /run/cluster-api-x')).toMatch(
    /^(.*Permission denied\n?){2}$/,
  );
  const { result } = await send(
    hand,
    'join',
    await makeEnvelope(hand, claim, joinOf([{ path: '/tmp/t35-file', content: 'ours' }], [], 'join#1')),
  );
  await result;
  expect(await hand.run('stat -c "%F %U" /tmp/t35-file; ls /etc/t35-victim 2>/dev/null; true')).toBe(
    'regular file root',
  );
});

/** What the process of the agent listens on: TCP, UDP, Unix sockets. */
const LISTENING = 'ss -Hltunxp | grep "pid=$(systemctl show -p MainPID --value byo-agent),"';

test('T35: the one port of the agent is its own on the loopback; who else knocks is turned away unheard', async () => {
  const lines = (await hand.run(LISTENING)).split('\n');
  expect(lines).toHaveLength(1);
  const [, port = ''] = /\s127\.0\.0\.1:(\d+)\s/.exec(lines[0] ?? '') ?? [];
  expect(port).not.toBe('');
  // A gateway answers the preface of HTTP/2 at once with its settings: no byte back means that no byte got there.
  const preface = "printf 'PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n\\0\\0\\0\\4\\0\\0\\0\\0\\0'";
  const knock = `exec 3<>/dev/tcp/127.0.0.1/${port}; ${preface} >&3; timeout 10 cat <&3 | wc -c`;
  expect(await asNobody(knock)).toMatch(/^0$/m);
  // Not even root's, when it is not the agent's own.
  const { stdout } = await hand.host.exec(['bash', '-c', knock]);
  expect(stdout.trim()).toBe('0');
  const said = "journalctl -u byo-agent --no-pager | grep -c 'another process reached for the tunnel'";
  expect(Number(await hand.run(said))).toBeGreaterThanOrEqual(2);
  // The agent itself is still served.
  expect(await hand.run(`ss -Htn state established "( dport = :${port} )" | wc -l`)).not.toBe('0');
});
