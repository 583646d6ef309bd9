// Gathers the facts of a machine; changes nothing.
import { availableParallelism, machine, release, totalmem } from 'node:os';
import { printable } from '../../common/errors.ts';
import { architectureOf } from '../../common/platform.ts';
import type { Host } from '../host/host.ts';
import { readCgroupVersion, readHostname, readOsRelease } from '../linux/facts.ts';
import { readInterfaces } from '../linux/network.ts';
import { readText } from '../linux/read-text.ts';
import type { HostFacts } from './host-facts.ts';
import { readObstacles } from './read-obstacles.ts';

/** `hasClaim`: this host works for a claim now, so that what stands there is our own and no obstacle. */
export async function gatherFacts(host: Host, hasClaim: boolean): Promise<HostFacts> {
  const os = await readOsRelease(host);
  const systemd = /^systemd (\d+)/.exec((await host.run(['systemctl', '--version'])).stdout)?.[1];
  const glibc = /^glibc (\d+\.\d+)/.exec((await host.run(['getconf', 'GNU_LIBC_VERSION'])).stdout)?.[1];
  const version = os['VERSION_ID'];
  return {
    hostname: await readHostname(host),
    machineID: ((await readText(host, '/etc/machine-id')) ?? '').trim().slice(0, 64),
    osImage: printable(os['PRETTY_NAME'] ?? 'Linux', 256),
    osID: printable(os['ID'] ?? 'linux', 64),
    ...(version ? { osVersion: printable(version, 64) } : {}),
    kernel: release().slice(0, 128),
    architecture: architectureOf(machine()),
    ...(systemd ? { systemd: Number(systemd) } : {}),
    ...(glibc ? { glibc } : {}),
    cgroup: await readCgroupVersion(host),
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    network: await readInterfaces(host),
    ...(await readObstacles(host, hasClaim)),
  };
}
