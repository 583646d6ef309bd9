// Ready = claimed ∧ prepared ∧ bootstrap not failed ∧ not quarantined. It waits for no Node and a lost link never makes
// it False: otherwise health checks delete machines that are merely waiting.
import { presentOperation } from '../../activities/cluster/observe/decide-view.ts';
import type { ByoHost } from '../../api/byo-host.ts';
import {
  FAILURE_REASONS,
  HOST_CONDITIONS,
  MACHINE_CONDITIONS,
  PROGRESS_REASONS,
  WAIT_REASONS,
  type ConditionUpdate,
} from '../../api/conditions.ts';
import type { Condition } from '../../api/meta.ts';
import type { Reason } from '../../api/reasons/reason.ts';
import { STEPS_OF } from '../../api/steps.ts';
import { describeStranger, strangerOf } from '../../common/claim/claim-conflict.ts';
import { incarnationOf, isDeleting, isInfrastructureProvisioned } from '../../common/contract.ts';
import { printable } from '../../common/errors.ts';
import { describeLost } from '../../common/claim/host-rules.ts';
import { findCondition } from '../../common/kube/conditions.ts';
import { describeUnreadable } from '../../common/kube/errors.ts';
import { describeTry } from './decide-progress.ts';
import type { ObservedMachine } from './observe.ts';

/** Pure: the one condition in which a person reads where the machine is and why. */
export function decideReady(situation: ObservedMachine): ConditionUpdate {
  const unknown = whileUnreadable(situation);
  if (unknown) return unknown;
  const no = whyNotReady(situation);
  if (no) return { type: MACHINE_CONDITIONS.ready, status: 'False', ...no };
  const running = runningStep(situation.host);
  const message = running ? `prepared; ${running.message}` : '';
  return { type: MACHINE_CONDITIONS.ready, status: 'True', reason: PROGRESS_REASONS.provisioned, message };
}

/** A host that cannot be read may be the machine's: what was said stays, or a health check would delete what works. */
function whileUnreadable(situation: ObservedMachine): ConditionUpdate | undefined {
  const { host, unreadable = [] } = situation;
  if (host || unreadable.length === 0) return undefined;
  const before = conditionOf(situation, MACHINE_CONDITIONS.ready);
  const message = describeUnreadable(unreadable);
  const held = { status: 'False', reason: WAIT_REASONS.held } as const;
  const { status, reason } = before?.status === 'True' ? before : held;
  return { type: MACHINE_CONDITIONS.ready, status, reason, message };
}

function whyNotReady(situation: ObservedMachine): Reason | undefined {
  const { machine, host } = situation;
  if (isDeleting(machine)) return whileDeleting(situation);
  if (!host) return whyStuck(situation) ?? whileUnclaimed(situation);
  const spoiled = whyHostSpoils(host);
  if (spoiled) return spoiled;
  const bootstrap = conditionOf(situation, MACHINE_CONDITIONS.bootstrapSucceeded);
  if (bootstrap?.status === 'False') return said(bootstrap);
  return machine.spec.providerID === undefined ? (whyStuck(situation) ?? whilePreparing(situation)) : undefined;
}

/** An activity of its workflow fails: what was waited for before is no news then. */
function whyStuck(situation: ObservedMachine): Reason | undefined {
  const failing = conditionOf(situation, MACHINE_CONDITIONS.workflowHealthy);
  return failing?.status === 'False' ? said(failing) : undefined;
}

function whyHostSpoils(host: ByoHost): Reason | undefined {
  const quarantined = findCondition(host.status?.conditions, HOST_CONDITIONS.quarantined);
  if (quarantined?.status === 'True') return said(quarantined);
  return host.spec.claim?.lost ? { reason: FAILURE_REASONS.hostReplaced, message: describeLost(host) } : undefined;
}

function whileDeleting(situation: ObservedMachine): Reason {
  const stranger = situation.host ? undefined : strangerOf(situation.hosts, incarnationOf(situation.machine));
  if (stranger) return describeStranger(stranger);
  const running = runningStep(situation.host);
  const words = [MACHINE_CONDITIONS.workflowHealthy, MACHINE_CONDITIONS.drained, MACHINE_CONDITIONS.hostReset]
    .map((type) => conditionOf(situation, type))
    .filter((condition) => condition !== undefined && condition.status !== 'True' && condition.message !== '')
    .map((condition) => condition?.message);
  const message = [running?.message, ...words].filter(Boolean).join('; ');
  return {
    reason: PROGRESS_REASONS.deleting,
    message: message || 'it is being deleted; its workflow gives the host back',
  };
}

function whileUnclaimed({ machine, cluster, hosts }: ObservedMachine): Reason {
  const claimed = findCondition(machine.status?.conditions, MACHINE_CONDITIONS.hostClaimed);
  const stranger = strangerOf(hosts, incarnationOf(machine));
  if (stranger) return describeStranger(stranger);
  const lost = claimed?.status === 'True' ? machine.status?.hostRef?.name : undefined;
  if (lost) {
    return {
      reason: WAIT_REASONS.held,
      message: `its host ${lost} does not carry its claim any more; nothing is done until that is cleared up`,
    };
  }
  if (claimed) return said(claimed);
  if (!isInfrastructureProvisioned(cluster)) {
    return { reason: WAIT_REASONS.waitingForClusterInfrastructure, message: 'the ByoCluster is not provisioned yet' };
  }
  const message = 'its workflow has not looked at it yet; if this stays, see whether Temporal is there';
  return { reason: WAIT_REASONS.waitingForWorkflow, message };
}

/** What the workflow waits for says more than the step that ran last; while it merely installs, the step says more. */
function whilePreparing(situation: ObservedMachine): Reason {
  const prepared = conditionOf(situation, MACHINE_CONDITIONS.hostPrepared);
  const waits = prepared?.status === 'False' && prepared.reason !== PROGRESS_REASONS.installing;
  if (prepared && waits) return said(prepared);
  const host = situation.host?.metadata.name ?? '';
  return runningStep(situation.host) ?? { reason: PROGRESS_REASONS.installing, message: `${host} is claimed` };
}

const STEPS: readonly string[] = Object.values(STEPS_OF).flat();

/** The step that the host reports for its present claim; Progressing tells the rest. */
function runningStep(host: ByoHost | undefined): Reason | undefined {
  const operation = presentOperation(host);
  const step = operation?.state === 'Running' ? operation.step : undefined;
  // What a host says is no reason of ours unless it is one of our steps.
  if (!host || !operation || step === undefined || !STEPS.includes(step)) return undefined;
  const message = `${host.metadata.name}: ${printable(operation.operation, 64)}, ${step}${describeTry(operation)}`;
  return { reason: step, message };
}

function conditionOf({ machine }: ObservedMachine, type: string): Condition | undefined {
  return findCondition(machine.status?.conditions, type);
}

function said({ reason, message }: Condition): Reason {
  return { reason, message };
}
