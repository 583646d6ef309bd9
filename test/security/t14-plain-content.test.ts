// T14: the content of files is data: without the header that asks for it, nothing of it is ever taken for a template.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { give, joinText, newClaim, openHand, resetHost, type Claim, type Hand } from './host-orders.ts';
import { openWorld } from './world.ts';

let hand: Hand;
let claim: Claim;
beforeAll(async () => {
  hand = await openHand(await openWorld(), 'host1');
  claim = await newClaim(hand, 't14');
});
afterAll(async () => {
  await resetHost(hand, claim);
  await hand.close();
});

const CONTENTS = [
  '{{ ds.meta_data.local_hostname }} {{ 7 * 7 }} {{ v1.instance_id }}\n',
  '{% for i in range(9) %}x{% endfor %}{% raw %}{# gone? #}\n',
  '${HOME} $HOME $(touch /root/t14-canary) `touch /root/t14-canary`\n',
  '%H %n %% %{x} %s %d ${!x} \\${y} \\n \\x41\n',
  '#{ruby} <%= erb %> {{{triple}}} [[ .Go ]] {{- trim -}} {{"\\u0041"}}\n',
  '## template: jinja\n{{ ds.meta_data.instance_id }}\n',
  '\u0000\u0001\u001b[31m\u202Eevil\u00e9\r\n\ttab\n',
];

test('T14: what looks like a template arrives byte for byte, in text, base64 and a name', async () => {
  const files = CONTENTS.flatMap((content, n) => [
    ...(content.includes('\0') ? [] : [{ path: `/root/t14/plain-${n}`, content, encoding: 'text/plain' }]),
    {
      path: `/root/t14/{{ 7 * 7 }}-\${HOME}-%n-${n}`,
      content: Buffer.from(content).toString('base64'),
      encoding: 'b64',
    },
  ]);
  const succeed = 'mkdir -p /run/cluster-api && echo success > /run/cluster-api/bootstrap-success.complete';
  const text = `#cloud-config\n${JSON.stringify({ write_files: files, runcmd: [succeed] })}\n`;
  await give(hand, claim, joinText(text));
  for (const { path, content, encoding } of files) {
    const wanted = encoding === 'b64' ? content : Buffer.from(content).toString('base64');
    expect([path, await hand.run(`base64 -w0 < '${path}'`)]).toEqual([path, wanted]);
  }
  expect(await hand.run('ls /root/t14-canary 2>/dev/null; true')).toBe('');
  expect(Number(await hand.run('ls /root/t14 | wc -l'))).toBe(files.length);
});
