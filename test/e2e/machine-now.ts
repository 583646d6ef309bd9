// The machine that runs the lab, as it is now: what `down` must leave as it was.
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';

/** One line per thing, sorted, by what it is. */
export type MachineNow = Record<string, string[]>;

async function lines(file: string, args: string[]): Promise<string[]> {
  const { stdout } = await execa(file, args, { reject: false });
  return (stdout ?? '').split('\n').filter(Boolean).toSorted();
}

/** A tool that is not installed yet shows nothing: then there is nothing of it. */
export async function describeMachineNow(): Promise<MachineNow> {
  const mounts = await readFile('/proc/mounts', 'utf8');
  return {
    containers: await lines('podman', ['ps', '-a', '--format', '{{.Names}}']),
    volumes: await lines('podman', ['volume', 'ls', '--format', '{{.Name}}']),
    links: (await lines('ip', ['-o', 'link'])).map((line) => line.split(':')[1]?.trim() ?? ''),
    mounts: mounts.split('\n').filter(Boolean).toSorted(),
    rules: (await lines('iptables-save', [])).filter((line) => line.startsWith('-A')),
    processes: (await lines('ps', ['-eo', 'comm='])).filter((name) =>
      /^(etcd|kube-|temporal|capi|containerd|conmon|kubelet|manager|coredns)/.test(name),
    ),
    sysctls: await lines('sysctl', [
      'net.ipv4.ip_forward',
      'vm.overcommit_memory',
      'kernel.panic',
      'kernel.panic_on_oops',
    ]),
  };
}

/** What is there now and was not, or was and is not: one sentence each. */
export function compareMachine(before: MachineNow, after: MachineNow): string[] {
  return Object.keys(before).flatMap((kind) => {
    const old = before[kind] ?? [];
    const now = after[kind] ?? [];
    const added = now.filter((line) => !old.includes(line)).map((line) => `${kind}: new: ${line}`);
    const gone = old.filter((line) => !now.includes(line)).map((line) => `${kind}: gone: ${line}`);
    return [...added, ...gone];
  });
}
