// The phases of the bench of the gateway: each does one thing to it and tells what that cost.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { z } from 'zod';
import type { Instance } from '../../lab/index.ts';
import type { Metrics } from '../metrics.ts';
import { load } from '../report.ts';
import { round } from '../statistics.ts';
import { pidOf, usageOf } from '../usage.ts';
import { bytesOf } from './wire.ts';

export const GATEWAY = 'byo-gateway';

const Handshakes = z.object({ done: z.number(), seconds: z.number() });

/** Processor time of the gateway for one mutual handshake, and so many would fill a core. */
export async function measureHandshakes(instance: Instance, file: string, protocol: 'h2' | 'http/1.1') {
  const pid = pidOf(instance.dir, GATEWAY);
  const before = await usageOf(pid);
  const argv = [join(import.meta.dirname, 'handshakes.ts'), file, '10', protocol];
  const { stdout } = await execa(process.execPath, argv);
  const { done } = Handshakes.parse(JSON.parse(stdout));
  const { cpuSeconds } = await usageOf(pid);
  const used = cpuSeconds - before.cpuSeconds;
  return {
    handshakes: done,
    milliseconds: round((used / done) * 1000, 2),
    perSecondAndCore: round(done / used, 0),
    load: load(),
  };
}

/** What the gateway uses while everybody polls and nothing happens. */
export async function measureIdle(
  instance: Instance,
  { hosts, seconds, metrics }: { hosts: number; seconds: number; metrics: Metrics },
) {
  const pid = pidOf(instance.dir, GATEWAY);
  const port = Number(instance.door.listen.split(':')[1]);
  const [before, bytesBefore] = [await usageOf(pid), await bytesOf(port)];
  const begun = performance.now();
  await delay(seconds * 1000);
  const [after, bytesAfter] = [await usageOf(pid), await bytesOf(port)];
  const elapsed = (performance.now() - begun) / 1000;
  const perHost = (bytes: number) => round(bytes / hosts / elapsed, 1);
  const [sent, received] = [
    perHost(bytesAfter.sent - bytesBefore.sent),
    perHost(bytesAfter.received - bytesBefore.received),
  ];
  return {
    polls: await metrics.read('byo_gateway_polls_open'),
    memoryMiB: round(after.memoryMiB, 0),
    shareOfCore: round((after.cpuSeconds - before.cpuSeconds) / elapsed, 3),
    bytesPerSecondAndHost: {
      toHost: sent,
      fromHost: received,
      kilobitsBothWays: round(((sent + received) * 8) / 1000, 2),
    },
    load: load(),
  };
}
