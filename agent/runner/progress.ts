// What is said of an operation while it runs: a new step, state or reason at once, counts every 15 seconds at most.
import type { OperationProgress } from '../../api/report/reported-host.ts';
import { printable } from '../../common/errors.ts';
import type { OperationKey } from '../journal/operation-key.ts';
import type { StepCounts } from '../journal/steps.ts';
import type { StepReport } from './step.ts';

const COUNTS_EVERY_MILLISECONDS = 15_000;

export type Progress = {
  current(): OperationProgress;
  /** An attempt of a step begins; the reason for which an earlier one waits stays until something else is known. */
  begin(step: string, attempt: number): void;
  update(report: StepReport): void;
  end(state: 'Succeeded' | 'Failed' | 'Stopped', message: string): void;
  /** Of the step that runs, or ran last: what it moved, and how long the gateway was out of reach since it began. */
  counts(): StepCounts;
  /** What the last step that concluded anything said, for the result. */
  conclusion(): string | undefined;
};

/** `onProgress` must not throw; `now` in milliseconds; `awaySeconds`: how long the gateway has been out of reach in all. */
type ProgressOptions = {
  onProgress: (progress: OperationProgress) => void;
  now: () => number;
  awaySeconds: () => number;
};

export function createProgress(key: OperationKey, options: ProgressOptions): Progress {
  let awayBefore = options.awaySeconds();
  let current: OperationProgress = { operation: key.operation, generation: key.generation, state: 'Running' };
  let said = current;
  let saidAt = Number.NEGATIVE_INFINITY;
  let conclusion: string | undefined;
  const change = (next: OperationProgress): void => {
    if (current.state !== 'Running') return;
    current = next;
    const isNotification = next.step !== said.step || next.state !== said.state || next.message !== said.message;
    if (!isNotification && options.now() - saidAt < COUNTS_EVERY_MILLISECONDS) return;
    said = next;
    saidAt = options.now();
    options.onProgress(next);
  };
  return {
    current: () => current,
    begin: (step, attempt) => {
      if (step !== current.step) awayBefore = options.awaySeconds();
      change({ ...keptFor(step, current), step, attempt });
    },
    counts: () => countsOf(current, options.awaySeconds() - awayBefore),
    update: (report) => {
      conclusion = report.conclusion ?? conclusion;
      change({ ...withoutReason(current, report), ...saidIn(report) });
    },
    conclusion: () => conclusion,
    end: (state, message) => change({ ...withoutReason(current, { message }), state, message: printable(message) }),
  };
}

/** To a tenth of a second. */
function countsOf({ bytes }: OperationProgress, away: number): StepCounts {
  return { awaySeconds: Math.round(away * 10) / 10, ...(bytes !== undefined && { bytes }) };
}

/** Counts and reasons are those of one step. */
function keptFor(step: string, current: OperationProgress): OperationProgress {
  const { operation, generation, state } = current;
  return current.step === step ? current : { operation, generation, state };
}

/** A reason stands as long as its message. */
function withoutReason(current: OperationProgress, { message }: StepReport): OperationProgress {
  const { reason: _, ...rest } = current;
  return message === undefined ? current : rest;
}

function saidIn({ bytes, total, message, reason }: StepReport): Partial<OperationProgress> {
  return {
    ...(bytes !== undefined && { bytes }),
    ...(total !== undefined && { total }),
    ...(message !== undefined && { message: printable(message) }),
    ...(reason !== undefined && { reason }),
  };
}
