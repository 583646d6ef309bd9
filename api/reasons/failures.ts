// Reasons of failure, each with cause and remedy; the same words are the `type` of an ApplicationFailure in Temporal.
import type { FailureReason } from '../conditions.ts';
import type { Explanation } from './reasons.ts';

export const FAILURES = {
  HostUnfit: {
    cause:
      'Inspection found something on the host that a node cannot live with: another kubelet, a port in use, too little space.',
    remedy: 'Each finding in the message has its own remedy; the host is inspected again by itself.',
  },
  InvalidOrder: {
    cause:
      'The host could not take the order: not signed by the controller, not for this host, or of a shape that it does not know.',
    remedy:
      'Upgrade the agent of the host to the version of the controller; if it stays, see the audit log of the gateway.',
  },
  ClaimConflict: {
    cause: 'Host and cluster do not agree on whose the host is, so the host is quarantined and does nothing.',
    remedy: 'See spec.claim of the ByoHost and what the host reports; docs/adoption.md says how to end it.',
  },
  Reseal: {
    cause: 'The order was encrypted to a key that the host does not use any more; it is given again by itself.',
  },
  HostBusy: { cause: 'Another operation runs on the host; this one follows when it has ended.' },
  BundleInvalid: {
    cause: 'The bundle is not what its digest says, or was not made for this host.',
    remedy: 'Push the bundle again, or name the right digest in the installer configuration.',
  },
  BundleUnavailable: {
    cause: 'No source of the bundle can be reached from the host; tried again for ever.',
    remedy: 'See that the host reaches one of the sources that the message names.',
  },
  BundleNotPinned: {
    cause: 'The installer configuration names a bundle by its tag alone.',
    remedy: 'Name its digest (IMAGE@sha256:…), or set allowFloatingTag: true.',
  },
  DiskFull: { cause: 'A disk of the host is full.', remedy: 'Make room where the message says; it goes on by itself.' },
  DiskReadOnly: {
    cause: 'A file system of the host takes no writes.',
    remedy: 'Mend the disk, or remount it for writing; it goes on by itself.',
  },
  DiskFailed: {
    cause: 'A disk of the host answers with errors.',
    remedy: 'Replace the disk: `dmesg` on the host names it.',
  },
  BootstrapDataInvalid: {
    cause: 'The bootstrap data asks for something that is not supported, or cannot be read.',
    remedy: 'Change the KubeadmConfigTemplate as the message says; docs/agent.md lists what is supported.',
  },
  BootstrapFailed: {
    cause: 'A command of the bootstrap data failed, also after the host was reset and it was tried again.',
    remedy:
      'The message quotes the end of its output. Mend the cause, then annotate the ByoMachine with byo.infrastructure.cluster.x-k8s.io/retry-bootstrap, or delete the Machine.',
  },
  BootstrapTokenExpired: {
    cause: 'The join token in the bootstrap data had ended before the host could use it.',
    remedy: 'Delete the Machine: its replacement gets a new token. A MachineHealthCheck does so by itself.',
  },
  StepFailed: {
    cause: 'A step on the host failed for good; the message names it and quotes its output.',
    remedy: 'Mend what the message names; a reset follows, or it is tried again.',
  },
  OperationStopped: {
    cause: 'The operation was stopped, because the machine is deleted or something else goes first.',
  },
  JournalDamaged: {
    cause: 'The journal of the host cannot be read, so the host does nothing.',
    remedy: 'docs/adoption.md, "A re-imaged machine", says how a host comes back that has lost it.',
  },
  AgentTooOld: {
    cause: 'The agent on the host is older than the one that wrote its journal.',
    remedy: 'Install the newer agent again.',
  },
  ResetBlocked: {
    cause: 'Something on the host keeps the reset from going on: a mount, a process, a file that cannot be removed.',
    remedy: 'Free what the message names; the reset goes on by itself.',
  },
  NotClean: {
    cause: 'After the reset something would still make the host a part of its old cluster, so nobody gets it.',
    remedy:
      'Take away what the message lists, or let it stay (`byo host accept`); the host is compared again by itself. docs/clean-hosts.md says what counts.',
  },
  HostReplaced: {
    cause: 'The host was enrolled again under the same name: the machine that bore this claim is gone with its disk.',
    remedy: 'Delete the Machine, or let a MachineHealthCheck do so.',
  },
  Untrusted: {
    cause: 'A message was not signed by whom it should be.',
    remedy: 'See whether gateway and controller belong to the installation that the host was enrolled with.',
  },
  EnrolmentRefused: {
    cause: 'The controller does not take this host: token used, ended or unknown, or host revoked.',
    remedy: 'Create an enrollment for it: `byo enroll create`; with --replace HOST for a known one.',
  },
  GatewayUnreachable: {
    cause: 'The host does not reach the gateway.',
    remedy: 'See the address, the proxy and the firewall of the host; the message has what was answered.',
  },
  ClockSkew: {
    cause:
      "The host's clock differs from the gateway's. Nothing is decided by it, but certificates of the cluster may be.",
    remedy: 'Set up time synchronisation on the host (chrony, systemd-timesyncd).',
  },
  ActivityFailing: {
    cause: 'An activity of the machine’s workflow fails again and again; it is retried.',
    remedy: 'The message has the last error; most often a right, a missing object, or an API server that is away.',
  },
  WorkflowStuck: {
    cause:
      'The code of the workflow does not replay its history (an upgrade of the controller); the run is ended and begun anew.',
    remedy: 'Nothing; if it comes again, see the log of the controller.',
  },
} as const satisfies Record<FailureReason, Explanation>;
