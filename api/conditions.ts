// Every condition type and every reason we write, in one table: each wait has its own reason, each failure too.
import type { Reason } from './reasons/reason.ts';

export const MACHINE_CONDITIONS = {
  ready: 'Ready',
  paused: 'Paused',
  connected: 'Connected',
  hostClaimed: 'HostClaimed',
  hostPrepared: 'HostPrepared',
  bootstrapSucceeded: 'BootstrapSucceeded',
  drained: 'Drained',
  hostReset: 'HostReset',
  /** False while an activity of its workflow fails again and again; absent while none ever did. */
  workflowHealthy: 'WorkflowHealthy',
  /** What its host does now, step by step, as the host reports it. Told alone: nothing is decided by it. */
  progressing: 'Progressing',
} as const;

/** Of a ByoHostEnrollment: hosts may still register with its token. */
export const ENROLLMENT_CONDITIONS = { open: 'Open' } as const;

export const CLUSTER_CONDITIONS = { ready: 'Ready', paused: 'Paused' } as const;

export const HOST_CONDITIONS = {
  /** The agent renews its Lease. */
  connected: 'Connected',
  /** inspect found nothing that makes the host unfit. */
  fit: 'Fit',
  /** The host contradicts the cluster, or is not proven clean: nothing may be done with it. */
  quarantined: 'Quarantined',
  /** The host's clock is not the gateway's. Told alone: nothing is decided by it. */
  clockSkew: 'ClockSkew',
  /** Free, fit, connected, schedulable and clean: can be claimed now. */
  available: 'Available',
} as const;

/** Of a ByoHost, written by the workflow that cleans it up after a forced release: how far that is, and how it ended. */
export const CLEANUP_CONDITION = 'CleanedUp';

/** Reasons while something is waited for; the message names what, and what a person can do. */
export const WAIT_REASONS = {
  waitingForOwner: 'WaitingForOwnerMachine',
  waitingForClusterInfrastructure: 'WaitingForClusterInfrastructure',
  waitingForBootstrapData: 'WaitingForBootstrapData',
  waitingForVersion: 'WaitingForKubernetesVersion',
  waitingForInstaller: 'WaitingForInstallerConfig',
  waitingForControlPlaneEndpoint: 'WaitingForControlPlaneEndpoint',
  waitingForWorkflow: 'WaitingForWorkflow',
  noHostFits: 'NoHostFits',
  hostOffline: 'HostOffline',
  waitingForHostKey: 'WaitingForHostKey',
  waitingForMachineDeletion: 'WaitingForMachineDeletion',
  unschedulable: 'Unschedulable',
  paused: 'Paused',
  notPaused: 'NotPaused',
  held: 'Held',
  claimOrphaned: 'ClaimOrphaned',
} as const;

/** Reasons of success and of work under way; a running host step is named by its own constant (`steps.ts`). */
export const PROGRESS_REASONS = {
  provisioned: 'Provisioned',
  hostClaimed: 'HostClaimed',
  installing: 'Installing',
  prepared: 'Prepared',
  joining: 'Joining',
  bootstrapped: 'BootstrapSucceeded',
  deleting: 'Deleting',
  resetting: 'Resetting',
  clean: 'Clean',
  leaseFresh: 'LeaseFresh',
  leaseStale: 'LeaseStale',
  trustLost: 'TrustLost',
  neverSeen: 'NeverSeen',
  fit: 'Fit',
  notQuarantined: 'NotQuarantined',
  clocksAgree: 'ClocksAgree',
  available: 'Available',
  claimed: 'Claimed',
  workflowHealthy: 'WorkflowHealthy',
  running: 'Running',
  succeeded: 'Succeeded',
  failed: 'Failed',
  stopped: 'Stopped',
  idle: 'Idle',
} as const;

/** Reasons of `Open` of a ByoHostEnrollment. */
export const ENROLLMENT_REASONS = {
  open: 'Open',
  expired: 'Expired',
  used: 'Used',
  secretMissing: 'SecretMissing',
  hostRevoked: 'HostRevoked',
} as const;

/** Reasons of failure; the same strings are the `type` of the ApplicationFailure that carries them. */
export const FAILURE_REASONS = {
  hostUnfit: 'HostUnfit',
  invalidOrder: 'InvalidOrder',
  claimConflict: 'ClaimConflict',
  reseal: 'Reseal',
  busy: 'HostBusy',
  bundleInvalid: 'BundleInvalid',
  bundleUnavailable: 'BundleUnavailable',
  bundleNotPinned: 'BundleNotPinned',
  diskFull: 'DiskFull',
  diskReadOnly: 'DiskReadOnly',
  diskFailed: 'DiskFailed',
  bootstrapDataInvalid: 'BootstrapDataInvalid',
  bootstrapFailed: 'BootstrapFailed',
  bootstrapTokenExpired: 'BootstrapTokenExpired',
  stepFailed: 'StepFailed',
  operationStopped: 'OperationStopped',
  journalDamaged: 'JournalDamaged',
  agentTooOld: 'AgentTooOld',
  resetBlocked: 'ResetBlocked',
  notClean: 'NotClean',
  hostReplaced: 'HostReplaced',
  untrusted: 'Untrusted',
  enrollmentRefused: 'EnrolmentRefused',
  gatewayUnreachable: 'GatewayUnreachable',
  clockSkew: 'ClockSkew',
  activityFailing: 'ActivityFailing',
  workflowStuck: 'WorkflowStuck',
} as const;

export type HostConditionType = (typeof HOST_CONDITIONS)[keyof typeof HOST_CONDITIONS];
export type FailureReason = (typeof FAILURE_REASONS)[keyof typeof FAILURE_REASONS];

/** A condition as a decision states it: the writer adds the transition time, and leaves an unchanged one untouched. */
export type ConditionUpdate = Reason & { type: string; status: 'True' | 'False' | 'Unknown' };
