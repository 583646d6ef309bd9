// T37: documents that are small to send and huge to read: refused with a reason, soon, within the agent's own bounds.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  joinText,
  makeEnvelope,
  newClaim,
  openHand,
  refusalOf,
  resetHost,
  send,
  type Claim,
  type Hand,
} from './host-orders.ts';
import { openWorld } from './world.ts';

const MIB = 1024 * 1024;
let hand: Hand;
let claim: Claim;
const RESTARTS = 'systemctl show -p NRestarts --value byo-agent';
let restarts: string;

beforeAll(async () => {
  hand = await openHand(await openWorld(), 'host1');
  claim = await newClaim(hand, 't37');
  restarts = await hand.run(RESTARTS);
});
afterAll(async () => {
  await resetHost(hand, claim);
  await hand.close();
});

const PID = '$(systemctl show -p MainPID --value byo-agent)';
/** Seconds of processor time that the agent has taken so far. */
const readSeconds = async () => Number(await hand.run(`awk '{print $14 + $15}' /proc/${PID}/stat`)) / 100;
const readMiB = async (field: 'VmRSS' | 'VmHWM') =>
  Number(await hand.run(`awk '/^${field}/ {print $2}' /proc/${PID}/status`)) / 1024;
/** From here on VmHWM counts anew (proc(5)). */
const forgetPeak = () => hand.run(`echo 5 > /proc/${PID}/clear_refs`);

function laughs(): string {
  const lines = ['a: &a0 [lol]'];
  for (let n = 1; n < 30; n += 1) lines.push(`b${n}: &a${n} [${`*a${n - 1},`.repeat(9)}]`);
  return `#cloud-config\n${lines.join('\n')}\n`;
}

/** Members of a gzip file follow one another: each of a kilobyte becomes a megabyte. */
function gzipBomb(members: number): string {
  const member = gzipSync(Buffer.alloc(MIB), { level: 9 });
  const content = Buffer.concat(Array.from({ length: members }, () => member)).toString('base64');
  return `#cloud-config\n${JSON.stringify({ write_files: [{ path: '/root/t37', encoding: 'gz+b64', content }] })}\n`;
}

const BOMBS: [string, () => string, RegExp][] = [
  ['a billion laughs', laughs, /alias|anchor/i],
  ['an anchor that holds itself', () => '#cloud-config\nx: &x [*x]\n', /alias|anchor/i],
  ['42 kB of gzip for 43 MB', () => gzipBomb(41), /larger than/],
  ['400 kB of gzip for 400 MB', () => gzipBomb(400), /larger than/],
  ['half a megabyte of brackets', () => `#cloud-config\n${'['.repeat(MIB / 2)}`, /./],
  ['half a megabyte of mappings', () => `#cloud-config\n${'a: 1\n'.repeat(100_000)}`, /./],
  [
    'a loop in a template',
    () =>
      `## template: jinja\n#cloud-config\n{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}`,
    /./,
  ],
  [
    'doubling in a template',
    () =>
      `## template: jinja\n#cloud-config\n{% set n = namespace(x="x") %}{% for i in range(40) %}{% set n.x = n.x ~ n.x %}{% endfor %}`,
    /./,
  ],
  [
    'keys of the prototype',
    () =>
      '#cloud-config\nwrite_files:\n- {path: /root/t37, __proto__: {append: true}, constructor: {prototype: {x: 1}}}\n',
    /__proto__/,
  ],
  ['a prototype at the top', () => '#cloud-config\n__proto__: {runcmd: [touch /root/t37]}\n', /__proto__/],
];

test.each(BOMBS)('T37: %s', async (name, make, why) => {
  const wish = joinText(make(), `join#${BOMBS.findIndex(([other]) => other === name) + 1}`);
  const envelope = await makeEnvelope(hand, claim, wish);
  await forgetPeak();
  const [seconds, resident] = [await readSeconds(), await readMiB('VmRSS')];
  const refusal = await refusalOf((await send(hand, 'join', envelope)).result);
  expect(refusal).toMatchObject({ type: 'BootstrapDataInvalid', message: expect.stringMatching(why) });
  expect(refusal.message.length).toBeLessThan(1200);
  expect((await readSeconds()) - seconds).toBeLessThan(1);
  expect((await readMiB('VmHWM')) - resident).toBeLessThan(100);
});

test('T37: the agent is the one that it was, and nothing was written', async () => {
  // Other tests may have ended this agent before; here nothing may.
  expect(await hand.run(`ls /root/t37* 2>/dev/null; ${RESTARTS}`)).toBe(restarts);
});
