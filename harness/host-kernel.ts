// The kernel that a host runs on, as the host itself tells: what tells a machine from a container.
import type { HostHandle } from '../lab/index.ts';

/** Kernel release, version of its control groups, and the id of its present boot. */
export type HostKernel = {
  host: string;
  kind: HostHandle['kind'];
  kernel: string;
  cgroup: 'v1' | 'v2';
  bootId: string;
};

const SCRIPT = 'uname -r; stat -fc %T /sys/fs/cgroup; cat /proc/sys/kernel/random/boot_id';

/** @throws Error when the host does not answer */
export async function readHostKernel(host: HostHandle): Promise<HostKernel> {
  const { stdout, stderr, exitCode } = await host.exec(['sh', '-c', SCRIPT]);
  if (exitCode !== 0) throw new Error(`${host.name} tells nothing of its kernel: ${stderr.trim()}`);
  const [kernel = '', fileSystem, bootId = ''] = stdout.split('\n');
  return { host: host.name, kind: host.kind, kernel, cgroup: fileSystem === 'cgroup2fs' ? 'v2' : 'v1', bootId };
}
