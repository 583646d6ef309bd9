// What inspect and the report know of a machine, gathered at once; plain data, so that deciding needs no machine.
import type { Network } from '../../api/report/reported-host.ts';
import type { z } from 'zod';
import type { Space } from './read-space.ts';
import type { ZoneContent } from '../zones/read-content.ts';

/** Facts that are reported, and facts that only findings are decided by. Absent means: could not be told. */
export type HostFacts = {
  hostname: string;
  machineID: string;
  osImage: string;
  osID: string;
  osVersion?: string;
  kernel: string;
  architecture: 'amd64' | 'arm64' | 'other';
  systemd?: number;
  glibc?: string;
  cgroup: 'v1' | 'v2';
  cpus: number;
  memoryBytes: number;
  network: z.infer<typeof Network>;
  /** Paths that another Kubernetes, container runtime or pod network put there. */
  foreignPaths: string[];
  /** What stands in the folders that a node fills. */
  zoneContents: ZoneContent[];
  missingCommands: string[];
  /** Ports of ours on which somebody already listens. */
  usedPorts: number[];
  usrReadOnly: boolean;
  /** Of the file systems that a node fills. */
  spaces: Space[];
  firewall: 'none' | 'open' | 'closed';
  selinux: 'none' | 'permissive' | 'enforcing';
  timeSynchronized?: boolean;
};
