// What a host answers of an operation, as it travels through the gateway into a history. Hostile input.
import { z } from 'zod';

/** How one step went, by the host's own clock: to be read, nothing is decided by it. */
export const StepResult = z
  .object({
    step: z.string().max(64).describe('Name of the step.'),
    startedAt: z.string().max(32).describe('When its first act began, RFC 3339.'),
    seconds: z.number().min(0).max(1e8).describe('From then until it was done.'),
    attempts: z.int().min(0).max(1e6).describe('Acts; 0 when its effect was there already.'),
    bytes: z.int().min(0).max(1e15).optional().describe('Bytes that it moved, for steps that move data.'),
    awaySeconds: z.number().min(0).max(1e8).optional().describe('How long the gateway was out of reach meanwhile.'),
    failed: z.literal(true).optional().describe('The operation failed at it.'),
  })
  .describe('One step of an operation that has ended.');
export type StepResult = z.infer<typeof StepResult>;

/** No operation has so many. */
const MAX_STEPS = 32;

/** Beside the remedy of a failed operation: how far it came. */
export const FailureSteps = z.object({
  steps: z.array(StepResult).max(MAX_STEPS).describe('Its steps, in their order.'),
});

export type FailureSteps = z.infer<typeof FailureSteps>;

export const OperationResult = z
  .object({
    operation: z.string().max(128).describe('Operation, e.g. install/v1.36.3 or join.'),
    generation: z.int().min(0).describe('Claim generation that the operation belongs to.'),
    message: z.string().max(1024).describe('What came of it, in a sentence; never a secret, never output.'),
    // Of an agent that says none, or says it in another way, the result is as good.
    steps: z.array(StepResult).max(MAX_STEPS).optional().catch(undefined).describe('Its steps, in their order.'),
  })
  .describe('Result of an operation on a host.');
export type OperationResult = z.infer<typeof OperationResult>;
