// Owns every operation of the host: starts it once, lets others attach, finishes what an earlier run of the agent left.
import { join } from 'node:path';
import type { OperationResult } from '../../api/activities.ts';
import type { OperationProgress } from '../../api/report/reported-host.ts';
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { rest } from '../../common/pause.ts';
import type { Host } from '../host/host.ts';
import { nameDiskError } from '../host/disk-error.ts';
import { RUN_DIRECTORY } from '../host/machine-host.ts';
import type { Claim } from '../journal/claims.ts';
import type { Journal } from '../journal/journal.ts';
import { createKeptInputs } from './kept-inputs.ts';
import { keepResuming } from './resume-operations.ts';
import type { Pace } from './keep-trying.ts';
import { createRunningOperations } from './running.ts';
import { attachOrStart, authorize, type ClaimOrder, type RunnerScope } from './start-operation.ts';
import type { OperationKey } from '../journal/operation-key.ts';
import type { OperationPlan, PlansByVerb } from './step.ts';
import { stopOperation, stopOperations } from './stop-operations.ts';

export type RunnerOptions = {
  journal: Journal;
  host: Host;
  log: Logger;
  /** Called at once on a new step, state or reason, else every 15 s at most. */
  onProgress: (progress: OperationProgress) => void;
  /** Awaited before the first step of every operation that changes the host, until it succeeds. */
  prepareClaim?: (claim: Claim) => Promise<void>;
  /** tmpfs for arguments that may be secret. */
  runDir?: string;
  pace?: Pace;
  /** How long the gateway has been out of reach in the life of this agent; always in reach when left out. */
  awaySeconds?: () => number;
};

export interface Runner {
  /** Whether the host obeys this order; opens its claim when it may. @throws ByoError `ClaimConflict` */
  authorize(order: ClaimOrder): 'Authorized' | 'AlreadyClean';
  /**
   * Starts the operation, attaches to it, or answers it from the journal.
   * @throws ByoError as it failed; `HostBusy` (retryable) while another one changes the host; `ClaimConflict`
   */
  perform<Arguments>(key: OperationKey, plan: OperationPlan<Arguments>, input: Arguments): Promise<OperationResult>;
  /** Ends an operation, or all of them, with their units; a stopped one stays stopped under its name. */
  stop(target: OperationKey | 'all'): Promise<void>;
  /** Finishes stops, and goes on with what ran: once, before orders are taken. Resolves when all of it runs again. */
  resume(plans: PlansByVerb): Promise<void>;
  /** Of the operation that runs under this key. */
  progressOf(key: OperationKey): OperationProgress | undefined;
}

const PACE: Pace = { wait: rest, random: () => Math.random() };

/** One per agent, over its one journal. */
export function createRunner(options: RunnerOptions): Runner {
  const { journal, host, log } = options;
  const scope: RunnerScope = {
    journal,
    host,
    log,
    pace: options.pace ?? PACE,
    awaySeconds: options.awaySeconds ?? (() => 0),
    running: createRunningOperations(),
    inputs: createKeptInputs(join(options.runDir ?? RUN_DIRECTORY, 'orders')),
    onProgress: (progress) => tell(options, progress),
    prepareClaim: options.prepareClaim ?? (async () => undefined),
  };
  let resumed: Promise<void> = Promise.resolve();
  return {
    authorize: (order) => authorize(journal, order),
    async perform(key, plan, input) {
      // An order that overtakes the resumption would start what is about to be looked at.
      await resumed;
      return attachOrStart(scope, key, plan, input).catch(throwNamed);
    },
    stop: (target) => (target === 'all' ? stopOperations(scope) : stopOperation(scope, target)),
    resume(plans) {
      const resuming = keepResuming(scope, plans);
      resumed = resuming.catch((error: unknown) => log.error({ why: describeError(error) }, 'cannot resume'));
      return resuming;
    },
    progressOf: (key) => scope.running.find(key)?.progress.current(),
  };
}

function throwNamed(error: unknown): never {
  throw nameDiskError(error);
}

/** A report that fails must not end what it reports on. */
function tell({ onProgress, log }: RunnerOptions, progress: OperationProgress): void {
  try {
    onProgress(progress);
  } catch (error) {
    log.error({ why: describeError(error) }, 'progress could not be told');
  }
}
