// The lab's one door for the rest of the project: real parts, instances, hosts and what runs in them.
import { mintKubeconfigFor } from './pki.ts';
import type { KubeconfigRequest } from './pki.ts';
import { ensureProcess } from './processes.ts';
import type { ProcessSpec } from './processes.ts';
import { readRecord } from './state.ts';
import type { Instance } from './describe-instance.ts';

export { openInstance, startInstance, stopInstance } from './instance.ts';
export type { Instance } from './describe-instance.ts';
export type { HostHandle } from './host-handle.ts';
export { ensureLink, removeLink } from './link/ensure-link.ts';
export type { HostLink } from './link/ensure-link.ts';
export type { KubeconfigRequest } from './pki.ts';
export type { ProcessSpec } from './processes.ts';

/** Start a process that belongs to the instance, unless exactly it runs already; `stopInstance` ends it, newest first. */
export async function startProcess(instance: Instance, spec: ProcessSpec): Promise<'started' | 'running'> {
  return ensureProcess(instance.dir, spec);
}

/**
 * A kubeconfig text with a client certificate of its own. `as` impersonates (a service account, say), for which the user
 * needs the right: group system:masters has it.
 */
export async function mintKubeconfig(instance: Instance, request: KubeconfigRequest): Promise<string> {
  const record = readRecord(instance.name);
  if (!record) throw new Error(`instance ${instance.name} is gone`);
  return mintKubeconfigFor(record, request);
}
