// What can be seen of the lab on the machine, as lines to compare: the proof that `down` leaves nothing.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { listCgroups } from './cgroups.ts';
import { readFirewall } from './firewall.ts';
import { cacheFolder, podmanEnvironment } from './parts/index.ts';
import { listOtherProcesses } from './process-identity.ts';
import { runChecked } from './spawn.ts';
import { readSysctls } from './sysctls.ts';

/** Lines per kind of trace; the order of lines means nothing. */
export type Footprint = Record<string, string[]>;

/** A trace that came or went between two looks. */
export type Difference = { kind: string; line: string; change: 'came' | 'went' };

/** Look at the machine: containers, volumes, networks, links, mounts, firewall, cgroups, settings, processes. */
export async function readFootprint(): Promise<Footprint> {
  const env = podmanEnvironment(cacheFolder());
  const podman = async (...args: string[]): Promise<string[]> =>
    toLines(await runChecked(['podman', ...args], { env }));
  return {
    container: await podman('ps', '-a', '--format', '{{.ID}} {{.Names}}'),
    volume: await podman('volume', 'ls', '--format', '{{.Name}}'),
    network: await podman('network', 'ls', '--format', '{{.ID}} {{.Name}}'),
    link: await readLinks(),
    mount: toLines(readFileSync('/proc/self/mounts', 'utf8')),
    firewall: await readFirewall(),
    cgroup: listCgroups(),
    setting: Object.entries(readSysctls()).map(([name, value]) => `${name} = ${value}`),
    process: listOtherProcesses().map(({ identity, command }) => `${identity.pid} ${identity.startTime} ${command}`),
  };
}

/** What differs, kind by kind; pure. */
export function compareFootprints(before: Footprint, after: Footprint): Difference[] {
  const kinds = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return kinds.flatMap((kind) => {
    const [was, is] = [new Set(before[kind]), new Set(after[kind])];
    const came = [...is].filter((line) => !was.has(line)).map((line) => ({ kind, line, change: 'came' as const }));
    const went = [...was].filter((line) => !is.has(line)).map((line) => ({ kind, line, change: 'went' as const }));
    return [...came, ...went];
  });
}

const links = z.array(z.object({ ifname: z.string() }));

async function readLinks(): Promise<string[]> {
  return links.parse(JSON.parse(await runChecked(['ip', '-json', 'link']))).map((link) => link.ifname);
}

function toLines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
