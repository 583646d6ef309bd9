// Work that bears the same key runs one after another; other keys do not wait.

/** Answers with the function that does so; a failure of one does not touch the next. */
export function createOneByOne(): <T>(key: string, run: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>();
  return async (key, run) => {
    const before = tails.get(key);
    const mine = before ? before.then(run, run) : run();
    tails.set(key, mine);
    try {
      return await mine;
    } finally {
      if (tails.get(key) === mine) tails.delete(key);
    }
  };
}
