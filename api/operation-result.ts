// What a host answers of an operation, as it travels through the gateway into a history. Hostile input.
import { z } from 'zod';

export const OperationResult = z
  .object({
    operation: z.string().max(128).describe('Operation, e.g. install/v1.36.3 or join.'),
    generation: z.int().min(0).describe('Claim generation that the operation belongs to.'),
    message: z.string().max(1024).describe('What came of it, in a sentence; never a secret, never output.'),
  })
  .describe('Result of an operation on a host.');
export type OperationResult = z.infer<typeof OperationResult>;
