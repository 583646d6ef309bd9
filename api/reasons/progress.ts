// Reasons of success and of work under way, and those of an enrollment.
import type { ENROLLMENT_REASONS, PROGRESS_REASONS } from '../conditions.ts';
import type { Explanation } from './reasons.ts';

type Progress = (typeof PROGRESS_REASONS)[keyof typeof PROGRESS_REASONS];
type Enrollment = (typeof ENROLLMENT_REASONS)[keyof typeof ENROLLMENT_REASONS];

export const PROGRESS = {
  Provisioned: {
    cause: 'The infrastructure is there: a host is claimed and prepared, or the endpoint of a cluster is set.',
  },
  HostClaimed: { cause: 'The machine has a host; the message names it.' },
  Installing: { cause: 'The host is being prepared: Kubernetes is installed from the bundle.' },
  Prepared: { cause: 'The host is prepared: everything that kubeadm needs is there.' },
  Joining: { cause: 'The bootstrap data is being carried out.' },
  BootstrapSucceeded: { cause: 'kubeadm has succeeded and the kubelet runs.' },
  Deleting: { cause: 'The object is being deleted; the conditions Drained and HostReset say how far that is.' },
  Resetting: { cause: 'The host is being reset.' },
  Clean: { cause: 'The host is proven to be as it was before the claim.' },
  LeaseFresh: { cause: 'The agent has renewed its Lease within 150 seconds.' },
  LeaseStale: {
    cause:
      'The agent has not renewed its Lease for 150 seconds: host off, link cut, or agent stopped. Nodes are not touched.',
    remedy: 'See the power and the network of the host, then `systemctl status byo-agent` there.',
  },
  TrustLost: {
    cause: 'The certificate authority that hosts trust is not in this cluster any more, so no host can connect.',
    remedy: 'Restore it: `byo trust import`; docs/adoption.md says how.',
  },
  NeverSeen: {
    cause: 'The host has not reported anything yet.',
    remedy: 'If it stays: see `journalctl -u byo-agent` on the host.',
  },
  Fit: { cause: 'Inspection found nothing that stands against a claim.' },
  NotQuarantined: { cause: 'Host and cluster agree on the claim.' },
  ClocksAgree: { cause: "The host's clock agrees with the gateway's." },
  Available: { cause: 'The host can be claimed now.' },
  Claimed: { cause: 'The host is claimed; the message names the machine.' },
  WorkflowHealthy: { cause: 'What had failed in the workflow of this machine succeeds again.' },
  Running: { cause: 'The host carries out an operation, and has told no step of it yet.' },
  Succeeded: { cause: 'The last operation of the host has come to its end.' },
  Failed: {
    cause: 'The last operation of the host has failed.',
    remedy: 'The condition of its phase (HostPrepared, BootstrapSucceeded, Drained or HostReset) names the cause.',
  },
  Stopped: { cause: 'The last operation of the host was stopped, since something else came first.' },
  Idle: { cause: 'The host does nothing for this machine.' },
} as const satisfies Record<Progress, Explanation>;

export const ENROLLMENTS = {
  Open: { cause: 'Hosts may register with the token of this enrollment.' },
  Expired: { cause: 'The time of the token is over.', remedy: 'Create another enrollment: `byo enroll create`.' },
  Used: {
    cause: 'All registrations of the token are used.',
    remedy: 'Create another enrollment: `byo enroll create`.',
  },
  SecretMissing: {
    cause: 'The Secret that proves the token is gone or cannot be read.',
    remedy: 'Create another enrollment: `byo enroll create`.',
  },
  HostRevoked: {
    cause: 'The host that this enrollment is to replace was revoked.',
    remedy: 'Whoever may revoke hosts says that it may come back: `byo enroll create --replace HOST --revoked`.',
  },
} as const satisfies Record<Enrollment, Explanation>;
