// What a cluster activity may be asked: whoever can write in Temporal can call one with anything, so that every input is
// checked before anything is read by it.
import { z } from 'zod';
import type { ClusterActivities } from '../../../api/activities.ts';
import { CLEANUP_CONDITION, MACHINE_CONDITIONS } from '../../../api/conditions.ts';
import { VERBS } from '../../../api/steps.ts';
import { ByoError } from '../../../common/errors.ts';

/** The argument of each activity. */
export type Inputs = { [A in keyof ClusterActivities]: Parameters<ClusterActivities[A]>[0] };
/** The answer of each activity. */
export type Results = { [A in keyof ClusterActivities]: Awaited<ReturnType<ClusterActivities[A]>> };

/** What the workflow writes of a ByoMachine; Ready, Paused and Connected are the reconciler's. */
export const WORKFLOW_CONDITIONS = [
  MACHINE_CONDITIONS.hostClaimed,
  MACHINE_CONDITIONS.hostPrepared,
  MACHINE_CONDITIONS.bootstrapSucceeded,
  MACHINE_CONDITIONS.drained,
  MACHINE_CONDITIONS.hostReset,
  MACHINE_CONDITIONS.workflowHealthy,
] as const;

/** As Kubernetes names objects and namespaces: nothing that could lead a path elsewhere. */
const Name = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);

const Key = z.object({
  management: z.string().max(128),
  namespace: Name,
  // A clean-up that a person ordered knows an incarnation and no name.
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/),
  incarnation: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/),
});
const Claim = z.object({ hostName: Name, hostID: z.uuid(), generation: z.int().min(1) });
const ofMachine = z.object({ machine: Key });
const ofClaim = ofMachine.extend({ claim: Claim });

const conditionOf = <const Types extends readonly string[]>(types: Types) =>
  z.object({
    type: z.enum(types),
    status: z.enum(['True', 'False', 'Unknown']),
    reason: z.string().regex(/^[A-Za-z]([A-Za-z0-9_,:]{0,1022}[A-Za-z0-9_])?$/),
    message: z.string(),
  });
const conditionsOf = <const Types extends readonly string[]>(types: Types) =>
  z.array(conditionOf(types)).min(1).max(16);
/** Conditions that are written with an effect, if any. */
const told = { conditions: conditionsOf(WORKFLOW_CONDITIONS).exactOptional() };
const passing = { passing: z.boolean().exactOptional() };

const SHAPES: { [A in keyof ClusterActivities]: z.ZodType<Inputs[A]> } = {
  observeMachine: ofMachine,
  claimHost: ofMachine,
  sealOrder: ofClaim.extend({
    verb: z.enum(VERBS),
    attempt: z.int().min(0).exactOptional(),
    keepClaim: z.boolean().exactOptional(),
    owed: z.boolean().exactOptional(),
    ...told,
  }),
  reportConditions: ofMachine.extend({ conditions: conditionsOf(WORKFLOW_CONDITIONS), ...passing }),
  setProviderID: ofClaim.extend({ ...told, ...passing }),
  setBlockMove: ofMachine.extend({ blocked: z.boolean() }),
  deleteNode: ofClaim.extend(told),
  releaseHost: ofMachine.extend({ claim: Claim.exactOptional() }),
  observeCleanup: ofClaim,
  reportCleanup: ofClaim.extend({ conditions: conditionsOf([CLEANUP_CONDITION]) }),
  settleCleanup: ofClaim,
};

/** The input, known to be one and to be about this management cluster. @throws ByoError InvalidOrder */
export function parseInput<A extends keyof ClusterActivities>(name: A, input: unknown, management: string): Inputs[A] {
  const parsed = SHAPES[name].safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`${name} was given what is no input of it: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  if (parsed.data.machine.management === management) return parsed.data;
  throw invalid(`${name} was asked about another management cluster than this one`);
}

function invalid(message: string): ByoError {
  const remedy = 'If it was none of our workflows that asked: look at who may write to this Temporal namespace';
  return new ByoError('InvalidOrder', message, { remedy, retryable: false });
}
