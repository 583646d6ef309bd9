// How much of a bundle has come, in the condition that tells of the install: the workflow says each step, which is an event
// of its history; bytes change too often for that, and are mirrored here from what the host reports.
import type { ByoHost } from '../api/byo-host.ts';
import { MACHINE_CONDITIONS } from '../api/conditions.ts';
import type { Condition } from '../api/meta.ts';
import type { OperationProgress } from '../api/reported-host.ts';
import { findCondition } from '../common/kube/conditions.ts';
import type { MachineSituation } from './machine-situation.ts';

/** ` FetchBundle 120 of 283 MB (42 %)` at the end of a message, as it was put there before. */
const BYTES = /; \w+ \d+ of \d+ MB \(\d+ %\)$/;

/**
 * Pure: HostPrepared with the bytes of its step, or undefined when there is nothing new to say. Only while the workflow
 * itself says that very step: a condition that has moved on is left alone.
 */
export function decideBytes({ machine, host }: Pick<MachineSituation, 'machine' | 'host'>): Condition | undefined {
  const prepared = findCondition(machine.status?.conditions, MACHINE_CONDITIONS.hostPrepared);
  const operation = host && runningInstall(host);
  if (!prepared || prepared.status === 'True' || operation?.step !== prepared.reason) return undefined;
  const bytes = describeBytes(operation);
  if (bytes === undefined) return undefined;
  const message = `${withoutBytes(prepared.message)}; ${bytes}`;
  return message === prepared.message ? undefined : { ...prepared, message };
}

/** The message as the workflow wrote it. */
export function withoutBytes(message: string): string {
  return message.replace(BYTES, '');
}

function runningInstall({ spec, status }: ByoHost): OperationProgress | undefined {
  const operation = status?.reported?.operation;
  const isOurs = operation?.state === 'Running' && operation.generation === spec.claim?.generation;
  return isOurs && operation.operation.startsWith('install/') ? operation : undefined;
}

function describeBytes({ step, bytes, total }: OperationProgress): string | undefined {
  if (bytes === undefined || !total) return undefined;
  // What a host says is hostile: never more than all of it.
  const done = Math.min(bytes, total);
  return `${step} ${inMegabytes(done)} of ${inMegabytes(total)} MB (${Math.floor((100 * done) / total)} %)`;
}

function inMegabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
