// Any objects of a namespace, valid and adverse: names, claims, annotations and conditions are few, so that they meet.
import * as fc from 'fast-check';
import { ByoCluster } from '../../api/byo-cluster.ts';
import { ByoHost } from '../../api/byo-host.ts';
import { ByoMachine } from '../../api/byo-machine.ts';
import { Cluster, Machine } from '../../api/cluster-api.ts';
import { CLUSTER_CONDITIONS, HOST_CONDITIONS, MACHINE_CONDITIONS, type ConditionUpdate } from '../../api/conditions.ts';
import { ANNOTATIONS, FINALIZERS, LABELS } from '../../api/names.ts';
import { operationOf, VERBS } from '../../api/steps.ts';
import { arbitraryOf, type Words } from './arbitrary-of.ts';

const CONDITION_TYPES = [CLUSTER_CONDITIONS, HOST_CONDITIONS, MACHINE_CONDITIONS].flatMap((types) =>
  Object.values(types),
);
const TIMES = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z'];
const KINDS = ['Cluster', 'Machine', 'KubeadmControlPlane'];

const WORDS: Words = {
  name: fc.constantFrom('a', 'b', 'c'),
  namespace: fc.constant('default'),
  incarnation: fc.constantFrom('a', 'b', 'c'),
  uid: fc.constantFrom('a', 'b', 'c'),
  creationTimestamp: fc.constantFrom(...TIMES),
  deletionTimestamp: fc.constantFrom(...TIMES),
  kind: fc.constantFrom(...KINDS),
  apiVersion: fc.constantFrom('cluster.x-k8s.io/v1beta2', 'example.com/v1'),
  type: fc.constantFrom(...CONDITION_TYPES),
  operation: fc.oneof(
    fc.record({
      operation: namesOfOperations(),
      generation: fc.integer({ min: 1, max: 4 }),
      state: fc.constantFrom('Running', 'Succeeded', 'Failed', 'Stopped'),
    }),
    namesOfOperations(),
  ),
  // Conditions are of our own writing: their reasons are words, and they say something.
  reason: fc.constantFrom('HostOffline', 'NotClean', 'LeaseFresh'),
  message: fc.stringMatching(/^[a-z][^]{0,30}$/),
  finalizers: fc.subarray(Object.values(FINALIZERS)),
  key: fc.constantFrom(...Object.values(ANNOTATIONS), ...Object.values(LABELS), 'x'),
};

function namesOfOperations(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...VERBS), fc.nat(2), fc.boolean())
    .map(([verb, attempt, keepClaim]) => operationOf(verb, 'v1.36.3', attempt, keepClaim));
}

export const anyHost = arbitraryOf(ByoHost, WORDS);
export const anyByoMachine = arbitraryOf(ByoMachine, WORDS);
export const anyByoCluster = arbitraryOf(ByoCluster, WORDS);
export const anyCluster = arbitraryOf(Cluster, WORDS);
export const anyMachine = arbitraryOf(Machine, WORDS);

/** metav1.Condition (apimachinery, types.go): the patterns and bounds of its fields. */
const TYPE =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/;
const REASON = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
/** Of these True is the news. */
const NEGATIVE: readonly string[] = [HOST_CONDITIONS.quarantined, CLUSTER_CONDITIONS.paused];

/** What is wrong with a condition as Kubernetes and a reader want it; undefined when nothing is. */
export function whyBadCondition({ type, reason, message, status }: ConditionUpdate): string | undefined {
  if (!TYPE.test(type) || type.length > 316) return `type ${type}`;
  if (!REASON.test(reason) || reason.length > 1024) return `reason ${reason} of ${type}`;
  if (message.length > 32_768) return `message of ${type} has ${message.length} characters`;
  const isNotification = NEGATIVE.includes(type) ? status === 'True' : status !== 'True';
  return isNotification && message.trim() === '' ? `${type} is ${status} and says nothing` : undefined;
}
