// What the host of a machine does now, in a condition of its own: step, bytes, and what a step waits for. It is mirrored from
// what the host reports; the workflow knows operations alone, since each word to it is an event of its history.
import { presentOperation } from '../../activities/cluster/observe/decide-view.ts';
import {
  HOST_CONDITIONS,
  MACHINE_CONDITIONS,
  PROGRESS_REASONS,
  WAIT_REASONS,
  type ConditionUpdate,
} from '../../api/conditions.ts';
import type { Reason } from '../../api/reasons/reason.ts';
import type { OperationProgress } from '../../api/report/reported-host.ts';
import { STEPS_OF, verbOf } from '../../api/steps.ts';
import { printable } from '../../common/errors.ts';
import { findCondition, isTrue } from '../../common/kube/conditions.ts';
import type { ObservedMachine } from './observe.ts';

const { idle, running, succeeded, failed, stopped } = PROGRESS_REASONS;
const REASONS = { Running: running, Succeeded: succeeded, Failed: failed, Stopped: stopped } as const;
const TYPE = MACHINE_CONDITIONS.progressing;
const IDLE = { type: TYPE, status: 'False', reason: idle, message: 'no host does anything for it' } as const;

/** Pure: `install/v1.36.3 on h, step 1 of 11; FetchBundle 120 of 283 MB (42 %)`. Nothing before the first operation. */
export function decideProgress({ machine, host }: Pick<ObservedMachine, 'machine' | 'host'>): ConditionUpdate[] {
  const operation = presentOperation(host);
  if (!host || !operation) return wasTold(machine) ? [IDLE] : [];
  const name = `${printable(operation.operation, 128)} on ${host.metadata.name}`;
  if (operation.state !== 'Running') {
    return [{ type: TYPE, status: 'False', reason: REASONS[operation.state], message: name }];
  }
  const { reason, message } = describeStep(name, operation);
  if (isTrue(host.status?.conditions, HOST_CONDITIONS.connected))
    return [{ type: TYPE, status: 'True', reason, message }];
  const heard = `${message}, as it last said: it does not answer`;
  return [{ type: TYPE, status: 'Unknown', reason: WAIT_REASONS.hostOffline, message: heard }];
}

function wasTold(machine: ObservedMachine['machine']): boolean {
  return findCondition(machine.status?.conditions, TYPE) !== undefined;
}

/** What a host says is no reason of ours unless it is one of our steps. */
function describeStep(name: string, operation: OperationProgress): Reason {
  const { step } = operation;
  const verb = verbOf(operation.operation);
  const steps: readonly string[] = verb ? STEPS_OF[verb] : [];
  const index = steps.indexOf(step ?? '');
  if (step === undefined || index < 0) return { reason: running, message: name };
  const told = `${name}, step ${index + 1} of ${steps.length}${describeTry(operation)}${describeBytes(operation)}`;
  return { reason: step, message: told };
}

/** Which try of a step it is, and why there was another: ` (attempt 2): no route to host`. */
export function describeTry({ attempt = 1, message }: OperationProgress): string {
  const again = attempt > 1 ? ` (attempt ${attempt})` : '';
  return message ? `${again}: ${printable(message, 300)}` : again;
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
