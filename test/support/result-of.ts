// The end of a workflow, or of an activity that a test started by itself.
import { isGrpcDeadlineError } from '@temporalio/client';

/**
 * Waits for it as long as the test may. The server ends a long poll with DEADLINE_EXCEEDED when it was held up in the
 * middle of one, which the SDK takes for the answer; it only means "ask again". @throws as the handle's `result` does
 */
export async function resultOf<Result>(handle: { result: () => Promise<Result> }): Promise<Result> {
  for (;;) {
    try {
      return await handle.result();
    } catch (error) {
      if (!isGrpcDeadlineError(error)) throw error;
    }
  }
}
