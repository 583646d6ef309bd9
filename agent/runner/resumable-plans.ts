// From the name of an operation, as the journal has it, back to its plan and its arguments.
import type { z } from 'zod';
import { DrainArguments, InstallArguments, JoinArguments, ResetArguments } from '../../api/orders.ts';
import type { OperationPlan, Step } from './step.ts';

/** The plan of every verb. */
export type PlansByVerb = {
  install: OperationPlan<InstallArguments>;
  join: OperationPlan<JoinArguments>;
  drain: OperationPlan<DrainArguments>;
  reset: OperationPlan<ResetArguments>;
};

/** The plan of `install/v1.36.3` or `join#1`, taking arguments as they were kept; undefined for an unknown verb. */
export function findPlan(plans: PlansByVerb, operation: string): OperationPlan<unknown> | undefined {
  const [verb = ''] = operation.split(/[/#]/, 1);
  const found: Record<string, () => OperationPlan<unknown>> = {
    install: () => checked(plans.install, InstallArguments),
    join: () => checked(plans.join, JoinArguments),
    drain: () => checked(plans.drain, DrainArguments),
    reset: () => checked(plans.reset, ResetArguments),
  };
  return found[verb]?.();
}

/** Another version of the agent may have kept them: every use checks their shape. */
function checked<Arguments>(plan: OperationPlan<Arguments>, schema: z.ZodType<Arguments>): OperationPlan<unknown> {
  const { closesGeneration, steps, ...rest } = plan;
  return {
    ...rest,
    ...(closesGeneration && { closesGeneration: (input) => closesGeneration(schema.parse(input)) }),
    steps: steps.map((step) => checkedStep(step, schema)),
  };
}

function checkedStep<Arguments>(step: Step<Arguments>, schema: z.ZodType<Arguments>): Step<unknown> {
  return {
    name: step.name,
    look: (context, input) => step.look(context, schema.parse(input)),
    act: (context, input) => step.act(context, schema.parse(input)),
  };
}
