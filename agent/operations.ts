// The operations of this host: orders meet the runner here, each verb with its plan.
import { join } from 'node:path';
import type { OperationResult } from '../api/activities.ts';
import type { Order } from '../api/orders.ts';
import type { OperationProgress, Quarantine } from '../api/report/reported-host.ts';
import type { HostOperations } from '../activities/host/index.ts';
import type { BlobReader } from '../bundle/sources/gateway-source.ts';
import { describeError, printable } from '../common/errors.ts';
import type { Logger } from '../common/log.ts';
import { PLATFORM } from '../common/platform.ts';
import { ensureBaseline } from './baseline/ensure-baseline.ts';
import type { Host } from './host/host.ts';
import { noteHostPaths } from './leftovers/host-paths.ts';
import type { Reachability } from './link/reachability.ts';
import type { Claim } from './journal/claims.ts';
import type { Journal } from './journal/journal.ts';
import { recallTold } from './leftovers/told.ts';
import { decideQuarantine } from './report/decide-quarantine.ts';
import type { ReportedOperations } from './report/reported-operations.ts';
import { findPlan, type PlansByVerb } from './runner/step.ts';
import type { Pace } from './runner/keep-trying.ts';
import { createRunner, type Runner, type RunnerOptions } from './runner/runner.ts';
import type { OperationKey } from './journal/operation-key.ts';
import { createDrainPlan } from './steps/drain/plan.ts';
import type { InstallDeps } from './steps/install/installed-bundle.ts';
import { createInstallPlan } from './steps/install/plan.ts';
import type { JoinDeps } from './steps/join/document.ts';
import { createJoinPlan } from './steps/join/plan.ts';
import type { ResetDeps } from './steps/reset/compare-baseline.ts';
import { createResetPlan } from './steps/reset/plan.ts';

export type AgentOperations = HostOperations &
  ReportedOperations & {
    /** Goes on with what the last run of the agent left open; once, before orders are taken. */
    resume(): Promise<void>;
    /** Called when `latest` or `claims` may have changed. */
    onChange(listener: () => void): void;
    /** Writes down which host paths pods have been given, while a claim is open: for the reset, when they are gone. */
    noteHostPaths(): Promise<void>;
  };

/** `gateway`: where bundles may come from; `reachability`: what waits after a failure goes on once it is back. */
export type OperationsOptions = {
  journal: Journal;
  host: Host;
  log: Logger;
  stateDir: string;
  gateway?: BlobReader;
  reachability?: Reachability;
};

export function createOperations(options: OperationsOptions): AgentOperations {
  const { journal, host, log, stateDir, gateway, reachability } = options;
  const seen = rememberProgress();
  const { onProgress } = seen;
  const prepareClaim = (claim: Claim) => ensureBaseline(journal, host, claim);
  const runner = createRunner({
    journal,
    host,
    log,
    onProgress,
    prepareClaim,
    ...(reachability && { pace: paceOf(reachability), awaySeconds: () => reachability.awaySeconds }),
  });
  const plans = createPlans({ store: { dir: join(stateDir, 'store') }, stateDir, gateway, ...memoryOf(journal) });
  return {
    perform: (order) => performOrder(runner, plans, order),
    stop: (order) => runner.stop(keyOf(order)),
    isKnown: (order) => journal.findOperation(keyOf(order)) !== undefined,
    progressOf: (order) => runner.progressOf(keyOf(order)),
    claims: () => journal.readClaims(),
    latest: seen.latest,
    quarantine: () => quarantineOf(journal, seen.latest()),
    told: () => recallTold(journal),
    noteHostPaths: noteHostPathsOf(journal, host),
    resume: () => runner.resume(plans),
    onChange: seen.onChange,
  };
}

/** The plan of each verb. `store`: where bundles are kept; `gateway`: where they may come from; `stateDir`: what must outlive a boot. */
export function createPlans(deps: Omit<InstallDeps, 'platform'> & JoinDeps & ResetDeps): PlansByVerb {
  return {
    install: createInstallPlan({ store: deps.store, platform: PLATFORM, gateway: deps.gateway }),
    join: createJoinPlan(deps),
    drain: createDrainPlan(deps),
    reset: createResetPlan(deps),
  };
}

/** Containers that were read once are not read again: what they were given does not change. */
function noteHostPathsOf(journal: Journal, host: Host): () => Promise<void> {
  const seen = new Set<string>();
  return async () => {
    const { open } = journal.readClaims();
    if (!open) seen.clear();
    else await noteHostPaths({ host, key: open, notes: journal }, seen);
  };
}

/** What steps may ask of the journal, and tell it. */
function memoryOf(journal: Journal): ResetDeps {
  return {
    readBaseline: (claim) => journal.readBaseline(claim),
    hasWorked: (claim) => journal.hasWorked(claim),
    recordNote: (claim, kind, note) => journal.recordNote(claim, kind, note),
    listNotes: (claim, kind) => journal.listNotes(claim, kind),
    replaceHostNotes: (kind, notes) => journal.replaceHostNotes(kind, notes),
    listHostNotes: (kind) => journal.listHostNotes(kind),
  };
}

/** The last progress, and whoever wants to hear of each. */
function rememberProgress(): Pick<AgentOperations, 'latest' | 'onChange'> & Pick<RunnerOptions, 'onProgress'> {
  let latest: OperationProgress | undefined;
  let tell: (() => void) | undefined;
  return {
    latest: () => latest,
    onProgress: (progress) => {
      latest = progress;
      tell?.();
    },
    onChange: (listener) => {
      tell = listener;
    },
  };
}

/** What failed most often failed for want of the link: the wait ends with the outage. */
function paceOf(reachability: Reachability): Pace {
  return { wait: (milliseconds, signal) => reachability.wait(milliseconds, signal), random: () => Math.random() };
}

/** A disk that takes no writes is said even where nothing runs that could say it. */
function quarantineOf(journal: Journal, latest: OperationProgress | undefined): Quarantine | undefined {
  const trouble = journal.trouble();
  if (trouble) return { reason: trouble.reason, message: printable(describeError(trouble)) };
  const { open } = journal.readClaims();
  const ended = journal.listOperations(['Succeeded', 'Failed']);
  return decideQuarantine({ ended, ...(open && { open }), ...(latest && { latest }) });
}

async function performOrder(runner: Runner, plans: PlansByVerb, order: Order): Promise<OperationResult> {
  const key = keyOf(order);
  const { operation, generation } = key;
  const plan = findPlan(plans, order.verb);
  if (!plan) throw new Error(`no plan for ${order.verb}`);
  if (runner.authorize(order) === 'AlreadyClean') {
    return { operation, generation, message: 'the host is clean of this claim already' };
  }
  return runner.perform(key, plan, order.arguments);
}

function keyOf({ incarnation, generation, operation }: Order): OperationKey {
  return { incarnation, generation, operation };
}
