// The command line of a machine's kernel: its devices, its address, and what the lab tells it.
import { basename } from 'node:path';
import type { MachineFiles, MachineSettings } from './machine-files.ts';

/**
 * Arguments of the kernel as a program; pure. No path of the lab holds a space.
 *
 * `noreboot`: a kernel that restarts itself keeps its tap open and never gets it again, so it ends and is started anew.
 * `io_uring_disabled`: Node's use of it has corrupted the memory of such a guest. `depth`: above 64 the driver warns.
 */
export function kernelArguments(machine: MachineSettings, files: MachineFiles): string[] {
  const { hostname, tap, mac, address, gateway, bundleDir } = machine;
  const words = [
    `mem=${machine.memoryMib}M ncpus=${machine.processors} seccomp=on noreboot quiet`,
    `umid=${basename(files.folder)} uml_dir=${files.uml}/`,
    `ubd0=${files.disk} root=/dev/ubda rw`,
    `vec0:transport=tap,ifname=${tap},depth=64,gro=1,mac=${mac} net.ifnames=0`,
    `ip=${address}::${gateway}:255.255.255.0:${hostname}:vec0:none`,
    'con=null con0=null,fd:1 ssl=null sysctl.kernel.io_uring_disabled=2',
    ...(bundleDir === undefined ? [] : [`hostfs=${bundleDir} lab.bundles=1`]),
    `systemd.hostname=${hostname} lab.dns=${machine.dns}`,
    `lab.key=${Buffer.from(`${machine.key}\n`).toString('base64')}`,
    ...(machine.clock === 0 ? [] : [`lab.clock=${machine.clock}`]),
  ];
  return words.join(' ').split(' ');
}

/** What the end of a kernel means, told by its console; pure. Anything but a restart leaves the machine off. */
export function decideRestart(console: string): boolean {
  return console.includes('reboot: Restarting system');
}
