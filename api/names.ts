// Every name that two programs must agree on: groups, labels, annotations, workflow ids, task queues, provider ids.

/** API group of our kinds: BYOH's own, already granted to Cluster API's managers (contract, "RBAC"). */
export const GROUP = 'infrastructure.cluster.x-k8s.io';
export const VERSION = 'v1beta1';
export const API_VERSION = `${GROUP}/${VERSION}`;
export const CLUSTER_API_GROUP = 'cluster.x-k8s.io';

/** Where the controller, its signing key and the public trust of the hosts live. */
export const SYSTEM_NAMESPACE = 'byo-system';
export const SIGNING_KEY_SECRET = 'byo-signing-key';
export const TRUST_CONFIG_MAP = 'byo-trust';
/** Keys in the ConfigMap: who signs orders (JWK set), CA certificates (PEM), pin of the CA, address of the gateway. */
export const TRUST_KEYS = { signers: 'jwks.json', authorities: 'ca.crt', pin: 'ca.pin', gateway: 'gateway' } as const;
/** The CA of hosts and gateways: its key is the controller's alone. */
export const CA_SECRET = 'byo-ca';
/** Keys in it: what signs (PEM), the certificate of what will sign next, and the id of the installation (a UUID). */
export const CA_SECRET_KEYS = {
  certificate: 'current.crt',
  key: 'current.key',
  nextCertificate: 'next.crt',
  installation: 'installation',
} as const;
/** What the gateway reads: its certificate and key, the CA certificates, and the keys that seal task tokens. */
export const GATEWAY_SECRET = 'byo-gateway';
/** Keys in it: leaf then CA and its key (PEM), CA certificates (PEM), 32 random bytes now and, while rolling, before. */
export const GATEWAY_SECRET_KEYS = {
  certificate: 'tls.crt',
  key: 'tls.key',
  authorities: 'ca.crt',
  tokenKey: 'token-key',
  tokenKeyPrevious: 'token-key-previous',
} as const;

/** Type of the Secret that proves an enrollment token; anything else under its name is refused. */
export const ENROLLMENT_SECRET_TYPE = `${GROUP}/enrollment-token`;
/** Key in it: base64url of what is derived from the token (`common/enrollment/token.ts`). */
export const ENROLLMENT_SECRET_KEY = 'macKey';

/** Name of the Secret of a ByoHostEnrollment, in its namespace. */
export function enrollmentSecretOf(enrollment: string): string {
  return `byo-enrollment-${enrollment}`;
}

export const LABELS = {
  clusterName: 'cluster.x-k8s.io/cluster-name',
  controlPlane: 'cluster.x-k8s.io/control-plane',
  watchFilter: 'cluster.x-k8s.io/watch-filter',
  /** Of a ByoHost: whose claim it carries, so that a selector finds it (`common/claim/claim-label.ts`). */
  claim: `byo.${GROUP}/claim`,
} as const;

export const ANNOTATIONS = {
  paused: 'cluster.x-k8s.io/paused',
  managedBy: 'cluster.x-k8s.io/managed-by',
  deleteForMove: 'clusterctl.cluster.x-k8s.io/delete-for-move',
  blockMove: 'clusterctl.cluster.x-k8s.io/block-move',
  /** The ByoMachine's first UID: survives `clusterctl move`, which changes UIDs. */
  incarnation: `byo.${GROUP}/incarnation`,
  /** Ask for another try after bootstrap stopped for good. */
  retryBootstrap: `byo.${GROUP}/retry-bootstrap`,
  /** A person's word that something was mended: whenever its value changes, the workflow looks again. */
  lookAgain: `byo.${GROUP}/look-again`,
  /** Give the machine up without its host; audited, carried out by the reconciler alone. */
  forceRelease: `byo.${GROUP}/force-release`,
} as const;

export const FINALIZERS = {
  cluster: `byocluster.${GROUP}/finalizer`,
  machine: `byomachine.${GROUP}/finalizer`,
  host: `byohost.${GROUP}/finalizer`,
} as const;

/** Field managers of server-side apply: one per writer, so that nobody overwrites another's fields. */
export const FIELD_MANAGERS = {
  agent: 'byo-agent',
  enrollment: 'byo-enrolment',
  clusterReconciler: 'byo-cluster-reconciler',
  machineReconciler: 'byo-machine-reconciler',
  hostReconciler: 'byo-host-reconciler',
  workflow: 'byo-workflow',
} as const;

/** A ByoMachine through its whole life, whatever its UID becomes. `management` = UID of kube-system. */
export type MachineKey = { management: string; namespace: string; name: string; incarnation: string };

/** One workflow per ByoMachine: `byomachine/<management>/<namespace>/<name>/<incarnation>`. */
export function workflowIdOf(key: MachineKey): string {
  return `byomachine/${key.management}/${key.namespace}/${key.name}/${key.incarnation}`;
}

export const WORKFLOW_TYPE = 'byoMachine';

/** One workflow per clean-up owed: `byohost/<management>/<namespace>/<host>/cleanup/<generation>`. */
export function cleanupIdOf(
  key: Pick<MachineKey, 'management' | 'namespace'>,
  host: string,
  generation: number,
): string {
  return `byohost/${key.management}/${key.namespace}/${host}/cleanup/${generation}`;
}

/** What a workflow is about: a ByoMachine, or a ByoHost that owes a clean-up. Undefined for an id that is none of ours. */
export function subjectOf(
  workflowId: string,
): { kind: 'machine' | 'host'; namespace: string; name: string } | undefined {
  const match = /^byo(machine|host)\/[^/]+\/([^/]+)\/([^/]+)\//.exec(workflowId);
  const [, kind, namespace = '', name = ''] = match ?? [];
  if (kind !== 'machine' && kind !== 'host') return undefined;
  return { kind, namespace, name };
}

export const CLEANUP_TYPE = 'hostCleanup';

/** The one signal of the workflow; it carries nothing, so that saying it twice is free. */
export const LOOK_AGAIN = 'lookAgain';

/** Search attributes of Temporal (Keyword): registered by the control worker, kept current by the workflow. */
export const SEARCH_ATTRIBUTES = {
  cluster: 'ByoCluster',
  host: 'ByoHost',
  phase: 'ByoPhase',
  machine: 'ByoMachine',
  /** The reason why it waits; absent while it does not. */
  waiting: 'ByoWaiting',
} as const;

/** Queue of workflows and cluster activities; carries the management cluster so that two never answer each other. */
export function controlQueueOf(management: string): string {
  return `byo-control/${management}`;
}

/** Queue on which one host works; the host id is a random UUID, never a hostname. */
export function hostQueueOf(hostID: string): string {
  return `host/${hostID}`;
}

/** Unique per claim, so that a host that is claimed again can never match its own stale Node. */
export function providerIdOf(hostID: string, generation: number): string {
  return `byoh://${hostID}/${generation}`;
}

/** Name of the Lease that tells that a host's agent is alive; in the ByoHost's namespace. */
export function leaseNameOf(hostName: string): string {
  return `byohost-${hostName}`;
}
