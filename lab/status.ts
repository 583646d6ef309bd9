// What an instance has and whether it runs, as data and as text.
import { describeRecord } from './describe-instance.ts';
import { machineOf, stateOf } from './machine-hosts/machine-power.ts';
import { inspectState, openPodman } from './podman.ts';
import { cacheFolder, podmanEnvironment } from './parts/index.ts';
import { listProcesses } from './processes.ts';
import { instanceDir, kindOf, readRecord } from './state.ts';
import type { InstanceRecord } from './state.ts';

/** One instance as it is now. `healthy`: every process and every host runs. */
export type Status = {
  name: string;
  healthy: boolean;
  dir: string;
  kubeconfig: string | undefined;
  apiServer: { local: string } | undefined;
  temporal: { address: string; ui: string } | undefined;
  subnet: string;
  hosts: { name: string; address: string; hostname: string; state: string }[];
  processes: { name: string; pid: number | undefined; running: boolean; log: string }[];
};

/** Look at an instance; starts nothing. Throws when there is none. */
export async function readStatus(name: string): Promise<Status> {
  const record = readRecord(name);
  if (!record) throw new Error(`there is no instance ${name}: start it with lab up --instance ${name}`);
  const processes = listProcesses(instanceDir(name)).map(({ name: process, pid, running, log }) => ({
    name: process,
    pid,
    running,
    log,
  }));
  const hosts = await readHosts(record);
  const place = describeRecord(record);
  return {
    name,
    healthy: processes.every((process) => process.running) && hosts.every((host) => host.state === 'running'),
    dir: place.dir,
    kubeconfig: record.controlPlane ? place.kubeconfig : undefined,
    apiServer: record.controlPlane ? { local: place.apiServer.local } : undefined,
    temporal: record.temporal ? place.temporal : undefined,
    subnet: record.subnet,
    hosts,
    processes,
  };
}

/** The same for people. */
export function renderStatus(status: Status): string {
  const { apiServer, temporal, kubeconfig } = status;
  return [
    `instance     ${status.name}${status.healthy ? '' : '  (not everything runs)'}`,
    ...(kubeconfig === undefined ? [] : [`kubeconfig   ${kubeconfig}`]),
    ...(apiServer === undefined ? [] : [`API server   ${apiServer.local}`]),
    ...(temporal === undefined ? [] : [`Temporal     ${temporal.address}`, `Temporal UI  ${temporal.ui}`]),
    ...status.hosts.map((host) => `host         ${host.name}  ${host.address}  ${host.hostname}  ${host.state}`),
    ...status.processes.map(
      (p) => `process      ${p.name}  ${p.pid === undefined ? 'DEAD' : `pid ${p.pid}`}  ${p.log}`,
    ),
  ].join('\n');
}

async function readHosts(record: InstanceRecord): Promise<Status['hosts']> {
  const podman = openPodman(podmanEnvironment(cacheFolder()));
  return Promise.all(
    record.hosts.map(async (host) => {
      const { name, address, container } = host;
      const machine = machineOf(record, host);
      const seen = kindOf(record) === 'machine' ? stateOf(machine) : await inspectState(podman, container);
      const state = seen ?? 'gone';
      return { name, address, hostname: container, state };
    }),
  );
}
