// The link of a host, cut on the machine's side: no packet passes in either direction, and the host sees no sign of it.
import { setTimeout as delay } from 'node:timers/promises';
import type { HostHandle } from '../../../lab/index.ts';
import { runChecked } from '../../../lab/spawn.ts';

/** Port of the lab's bridge that leads to the host; another one each time that the host is started. */
export async function findPort(host: HostHandle): Promise<string> {
  const { stdout } = await host.exec(['cat', '/sys/class/net/eth0/iflink']);
  const links = (await runChecked(['ip', '-o', 'link', 'show'])).split('\n');
  const port = links.find((line) => line.startsWith(`${stdout.trim()}: `))?.split(/[: @]+/)[1];
  if (!port) throw new Error(`no port of the bridge leads to ${host.name}`);
  return port;
}

/** States of a bridge port as in bridge(8): a disabled one keeps its carrier and drops everything. */
const STATES = { cut: '0', whole: '3' } as const;

/** Cuts the link, calls `meanwhile`, and makes the link whole again after so many milliseconds, whatever happens. */
export async function cutLink(port: string, milliseconds: number, meanwhile: () => Promise<void>): Promise<void> {
  const set = (state: keyof typeof STATES) =>
    runChecked(['bridge', 'link', 'set', 'dev', port, 'state', STATES[state]]);
  await set('cut');
  try {
    await Promise.all([meanwhile(), delay(milliseconds)]);
  } finally {
    await set('whole');
  }
}
