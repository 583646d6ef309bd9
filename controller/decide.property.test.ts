// The reconcilers' decisions, for any objects that their schemas take.
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ByoHost } from '../api/byo-host.ts';
import { ANNOTATIONS } from '../api/names.ts';
import { isDeleting, isLeavingByMove } from '../common/contract.ts';
import { mergeConditions } from '../common/kube/conditions.ts';
import { anyByoCluster, anyByoMachine, anyCluster, anyHost, anyMachine } from '../test/support/arbitrary-objects.ts';
import { whyBadCondition } from '../test/support/arbitrary-objects.ts';
import { brokenRules } from '../test/support/broken-rules.ts';
import type { StatusWish } from './runtime/apply-status.ts';
import { cleanupOf, decideCleanupNotification } from './host/decide-cleanup.ts';
import { decideCluster } from './cluster/decide.ts';
import { decideHost } from './host/decide.ts';
import { decideMachine } from './machine/decide.ts';
import { fingerprintOf } from './machine/decide.ts';

const hosts = fc.array(anyHost, { maxLength: 3 });
const observedHost = fc.record({
  host: anyHost,
  liveness: fc.constantFrom('fresh', 'stale', 'never', 'unsure', 'cutOff'),
  claimEnded: fc.boolean(),
});
const observedMachine = fc.record(
  { machine: anyByoMachine, owner: anyMachine, cluster: anyCluster, host: anyHost, hosts },
  { requiredKeys: ['machine', 'hosts'] },
);
const observedCluster = fc.record(
  { object: anyByoCluster, cluster: anyCluster, hosts, machines: fc.nat(2) },
  { requiredKeys: ['object', 'hosts', 'machines'] },
);

const faultsOf = (decision: { kind: string; status?: StatusWish }): string[] =>
  (decision.status?.conditions ?? []).map(whyBadCondition).filter((fault) => fault !== undefined);

/** The object as it stands when its decision has been carried out. */
function carryOut<Subject extends { metadata: ByoHost['metadata']; status?: { conditions?: unknown } | undefined }>(
  subject: Subject,
  decision: { finalizers: string[] } | { status: StatusWish } | object,
): Subject {
  if ('finalizers' in decision) {
    return { ...subject, metadata: { ...subject.metadata, finalizers: decision.finalizers } };
  }
  if (!('status' in decision)) return subject;
  const { fields, conditions } = decision.status;
  const own = conditions.map(({ type }) => type);
  return {
    ...subject,
    status: { ...subject.status, ...fields, conditions: mergeConditions([], conditions, { own, now: new Date(0) }) },
  };
}

const kindOf = ({ kind }: { kind: string }): string => kind;

test('a host: decided whatever it says; what is carried out is not wanted again; who holds it keeps it', () => {
  fc.assert(
    fc.property(observedHost, (situation) => {
      const { host } = situation;
      const decision = decideHost(situation);
      const again = decideHost({ ...situation, host: carryOut(host, decision) });
      const isLeftAlone = ANNOTATIONS.paused in host.metadata.annotations || isLeavingByMove(host);
      const isHeld = host.spec.claim !== undefined || host.spec.cleanupOwed !== undefined;
      const left = 'finalizers' in decision ? decision.finalizers : host.metadata.finalizers;
      expect(faultsOf(decision)).toEqual([]);
      expect(
        brokenRules({
          'finalizers are set once': decision.kind !== 'SetFinalizers' || again.kind !== 'SetFinalizers',
          'a status that stands is wanted as it is': decision.kind !== 'Report' || isDeepStrictEqual(again, decision),
          'paused or leaving by clusterctl move, it is left alone': !isLeftAlone || decision.kind === 'Nothing',
          'claimed or owing, it loses no finalizer':
            !isHeld || host.metadata.finalizers.every((one) => left.includes(one)),
        }),
      ).toEqual([]);
    }),
  );
});

test('a machine: decided whatever is there, in conditions that are well formed and speak', () => {
  fc.assert(
    fc.property(observedMachine, (situation) => {
      const { machine } = situation;
      const decision = decideMachine(situation);
      const { initialization } = 'status' in decision ? decision.status.fields : {};
      const works = decision.kind === 'Report' && decision.signal === 'SignalWithStart';
      expect(faultsOf(decision)).toEqual([]);
      expect(
        brokenRules({
          'only what is being deleted is forced away': decision.kind !== 'ForceRelease' || isDeleting(machine),
          'with a providerID it is provisioned':
            !works || !machine.spec.providerID || isDeepStrictEqual(initialization, { provisioned: true }),
          'what wakes its workflow can be compared':
            fingerprintOf(situation) === fingerprintOf(structuredClone(situation)),
        }),
      ).toEqual([]);
    }),
  );
});

test('a machine: once adopted it stays so, and its incarnation is the first uid for ever', () => {
  fc.assert(
    fc.property(observedMachine, fc.uuid(), (situation, uid) => {
      const decision = decideMachine(situation);
      fc.pre(decision.kind === 'Adopt');
      const { metadata } = situation.machine;
      const annotations = { ...metadata.annotations, [ANNOTATIONS.incarnation]: decision.incarnation };
      const adopted = { ...metadata, annotations, finalizers: decision.finalizers, uid };
      const again = decideMachine({ ...situation, machine: { ...situation.machine, metadata: adopted } });
      expect(kindOf(again)).not.toBe('Adopt');
      expect(decision.incarnation).toBe(metadata.annotations[ANNOTATIONS.incarnation] ?? metadata.uid);
    }),
  );
});

test('a cluster: decided whatever is there, what is carried out is not wanted again', () => {
  fc.assert(
    fc.property(observedCluster, (situation) => {
      const decision = decideCluster(situation);
      const again = decideCluster({ ...situation, object: carryOut(situation.object, decision) });
      expect(faultsOf(decision)).toEqual([]);
      expect(
        brokenRules({
          'finalizers are set once': decision.kind !== 'SetFinalizers' || again.kind !== 'SetFinalizers',
          'a status that stands is wanted as it is': decision.kind !== 'Status' || isDeepStrictEqual(again, decision),
        }),
      ).toEqual([]);
    }),
  );
});

test('a clean-up is wanted of a host that owes one and that nobody holds, and of no other', () => {
  fc.assert(
    fc.property(anyHost, fc.boolean(), fc.boolean(), (host, connected, ownerGone) => {
      const { cleanupOwed: owed, claim } = host.spec;
      expect(cleanupOf(host, 'm')?.claim.generation).toBe(claim ? undefined : owed?.generation);
      expect(decideCleanupNotification({ host, connected, ownerGone }) !== undefined).toBe(connected);
    }),
  );
});
