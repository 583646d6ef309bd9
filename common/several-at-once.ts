// Work on many things, a few at a time, that is over when it says so.

/**
 * Works on every item in their order, at most `most` at a time. After a failure none is begun any more, and the first one
 * is thrown once all that had begun have ended: whoever tries again meets nothing of this try that still runs.
 */
export async function severalAtOnce<Item>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const failures: unknown[] = [];
  const keepWorking = async (): Promise<void> => {
    // The workers share one iterator: each takes what is next.
    for (const item of waiting) {
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: most }, keepWorking));
  if (failures.length > 0) throw failures[0];
}
