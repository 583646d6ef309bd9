// Where everything of an instance is: what its record says, put into the terms that others ask in.
import { openHost } from './host-handle.ts';
import { openMachine } from './machine-hosts/machine-handle.ts';
import { machineOf } from './machine-hosts/machine-power.ts';
import type { HostHandle } from './host-handle.ts';
import type { Parts } from './parts/index.ts';
import { adminKubeconfig, pkiFile } from './pki.ts';
import { openPodman } from './podman.ts';
import { instanceDir, kindOf } from './state.ts';
import type { InstanceRecord } from './state.ts';

/** A running instance: where everything is, and its hosts. `local` and `address` are for this machine only. */
export type Instance = {
  name: string;
  dir: string;
  /** Path of the admin kubeconfig of the management plane. */
  kubeconfig: string;
  apiServer: { local: string; caFile: string };
  temporal: { address: string; ui: string };
  /** Ports kept for a gateway between hosts and management side: where it listens, where hosts reach it, and its way on. */
  door: { listen: string; hosts: string; enrollment: string };
  subnet: string;
  gateway: string;
  hosts: HostHandle[];
  parts: Parts;
};

/** What the record alone tells. */
export type Place = Omit<Instance, 'hosts' | 'parts'>;

/** Where everything is; starts and asks nothing. */
export function describeRecord({ name, gateway, subnet, ports }: InstanceRecord): Place {
  return {
    name,
    dir: instanceDir(name),
    kubeconfig: adminKubeconfig(name),
    apiServer: {
      local: `https://127.0.0.1:${ports.apiServer}`,
      caFile: pkiFile(name, 'ca.crt'),
    },
    temporal: {
      address: `127.0.0.1:${ports.temporal}`,
      ui: `http://127.0.0.1:${ports.temporalUi}`,
    },
    door: {
      listen: `127.0.0.1:${ports.byoGateway}`,
      hosts: `${gateway}:${ports.byoGateway}`,
      enrollment: `127.0.0.1:${ports.byoEnrollment}`,
    },
    subnet,
    gateway,
  };
}

/** The same with handles on its hosts. */
export function describeInstance(record: InstanceRecord, parts: Parts): Instance {
  const podman = openPodman(parts.podmanEnvironment);
  const hosts = record.hosts.map((host) =>
    kindOf(record) === 'machine'
      ? openMachine(machineOf(record, host))
      : openHost(podman, record, { host, image: parts.hostImage }),
  );
  return { ...describeRecord(record), hosts, parts };
}
