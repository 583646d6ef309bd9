// One run at a time of what must not overtake itself.

/**
 * Runs of one group wait for each other, in the order in which they came; groups do not wait for one another. However a run
 * ends, the next one begins, and its error belongs to its own caller.
 */
export function oneAtATime<Input, Result>(
  run: (input: Input) => Promise<Result>,
  groupOf: (input: Input) => string,
): (input: Input) => Promise<Result> {
  const last = new Map<string, Promise<unknown>>();
  return (input) => {
    const group = groupOf(input);
    const turn = (last.get(group) ?? Promise.resolve()).then(() => run(input));
    const ended = turn.then(
      () => undefined,
      () => undefined,
    );
    last.set(group, ended);
    // The last of its group leaves nothing behind.
    void ended.then(() => last.get(group) === ended && last.delete(group));
    return turn;
  };
}
