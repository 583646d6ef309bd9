// Faults in an agent on a real machine: its process ends, or a step fails for good, where it writes down a result.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostHandle } from '../../../lab/index.ts';
import { runOn } from './run-on.ts';

/**
 * `kill`: as power or the kernel would, after the deed and before it is written down. `fail`: a failure that cannot be
 * retried, in the same place. `places`: `finish <operation> <step>`, or `undone <id of the change>`; each is struck once.
 */
export type FaultWish = { fault: 'kill' | 'fail'; places: RegExp };

const DROP_IN = '/run/systemd/system/byo-agent.service.d';
const PRELOAD = join(import.meta.dirname, 'planted-faults.cjs');

/** The next agent reads what is wished; all of it stands below /run and goes with a boot. */
export async function prepareFaults(host: HostHandle): Promise<void> {
  await runOn(host, `mkdir -p /run/byo-faults ${DROP_IN}`);
  await host.copyIn(PRELOAD, '/run/byo-faults/preload.cjs');
  const lines = ['[Service]', 'Environment=NODE_OPTIONS=--require=/run/byo-faults/preload.cjs', 'RestartSec=100ms'];
  const text = lines.map((line) => `${line}\\n`).join('');
  await runOn(
    host,
    `printf '${text}' > ${DROP_IN}/50-faults.conf; systemctl daemon-reload; systemctl restart byo-agent`,
  );
}

/** From here on these places are struck, each for the first time again. */
export async function plantFaults(host: HostHandle, { fault, places }: FaultWish): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'byo-faults-'));
  try {
    await writeFile(join(folder, 'wish.json'), JSON.stringify({ fault, places: places.source }));
    await host.copyIn(join(folder, 'wish.json'), '/run/byo-faults/wish.new');
  } finally {
    await rm(folder, { recursive: true });
  }
  await runOn(host, 'cd /run/byo-faults && rm -f struck && mv wish.new wish.json');
}

/** Takes the faults away; answers the places that were struck, in their order. */
export async function takeFaults(host: HostHandle): Promise<string[]> {
  const struck = await runOn(host, 'cd /run/byo-faults && rm -f wish.json && touch struck && cat struck');
  return struck.split('\n').filter((place) => place !== '');
}
