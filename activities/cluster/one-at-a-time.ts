// Calls that must not run beside each other in this process.

/** Each call waits for the end of the one before it, however that ended; its error belongs to its own caller. */
export function oneAtATime<Input, Result>(run: (input: Input) => Promise<Result>): (input: Input) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (input) => {
    const turn = last.then(() => run(input));
    last = turn.catch(() => undefined);
    return turn;
  };
}
