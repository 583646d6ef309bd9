// One run at a time of what must not overtake itself.
import { createOneByOne } from '../../common/one-by-one.ts';

/**
 * Runs of one group wait for each other, in the order in which they came; groups do not wait for one another. However a run
 * ends, the next one begins, and its error belongs to its own caller.
 */
export function oneAtATime<Input, Result>(
  run: (input: Input) => Promise<Result>,
  groupOf: (input: Input) => string,
): (input: Input) => Promise<Result> {
  const oneByOne = createOneByOne();
  return (input) => oneByOne(groupOf(input), () => run(input));
}
