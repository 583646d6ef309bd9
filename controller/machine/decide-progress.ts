// How an install gets on, in the condition that tells of it: bytes, and what a step waits for. The workflow says each step,
// which is an event of its history; these change too often for that, and are mirrored here from what the host reports.
import type { ByoHost } from '../../api/byo-host.ts';
import { MACHINE_CONDITIONS } from '../../api/conditions.ts';
import type { Condition } from '../../api/meta.ts';
import type { OperationProgress } from '../../api/reported-host.ts';
import { findCondition } from '../../common/kube/conditions.ts';
import { describeOperation } from '../../workflows/describe-operation.ts';
import type { MachineSituation } from './observe.ts';

const BYTES = /; \w+ \d+ of \d+ MB \(\d+ %\)$/;

/**
 * Pure: HostPrepared as the host's report has it, `…; FetchBundle 120 of 283 MB (42 %)`, or undefined when there is nothing
 * new to say. Only while the workflow itself says that very step: a condition that has moved on is left alone.
 */
export function decideProgress({ machine, host }: Pick<MachineSituation, 'machine' | 'host'>): Condition | undefined {
  const prepared = findCondition(machine.status?.conditions, MACHINE_CONDITIONS.hostPrepared);
  const operation = host && runningInstall(host);
  if (!prepared || prepared.status === 'True' || operation?.step !== prepared.reason) return undefined;
  const about = { verb: 'install', operation: operation.operation, host: host?.metadata.name ?? '' } as const;
  const { message } = describeOperation({ ...about, condition: prepared, reason: prepared.reason }, operation);
  const told = `${message}${describeBytes(operation)}`;
  return told === prepared.message ? undefined : { ...prepared, message: told };
}

/** The message without its bytes, for whoever must not change with them. */
export function withoutBytes(message: string): string {
  return message.replace(BYTES, '');
}

function runningInstall({ spec, status }: ByoHost): OperationProgress | undefined {
  const operation = status?.reported?.operation;
  const isOurs = operation?.state === 'Running' && operation.generation === spec.claim?.generation;
  return isOurs && operation.operation.startsWith('install/') ? operation : undefined;
}

function describeBytes({ step, bytes, total }: OperationProgress): string {
  if (bytes === undefined || !total) return '';
  // What a host says is hostile: never more than all of it.
  const done = Math.min(bytes, total);
  return `; ${step} ${inMegabytes(done)} of ${inMegabytes(total)} MB (${Math.floor((100 * done) / total)} %)`;
}

function inMegabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
