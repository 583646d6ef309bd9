// Which earlier builds of a program may go.

/** A folder in `dist`, and when it was made. */
export type Build = { name: string; madeMs: number };

/** Somebody may have started one just now, or is still building it. */
const KEPT_MS = 60 * 60_000;
/** A controller that has run for long reads its workflows again when its certificate for Temporal changes. */
const KEPT = 3;

/** The names of those that are neither among the last three nor younger than an hour. Pure. */
export function decideObsolete(builds: readonly Build[], nowMs: number): string[] {
  const newestFirst = builds.toSorted((a, b) => b.madeMs - a.madeMs);
  return newestFirst
    .slice(KEPT)
    .filter(({ madeMs }) => nowMs - madeMs > KEPT_MS)
    .map(({ name }) => name);
}
