// Claims of a namespace are made one at a time, and whoever asks while another's turn lasts is served by one reading of it:
// a thousand machines that ask at once read it once, not a thousand times.
import type { MachineKey } from '../../../api/names.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { readNamespace, type ClaimRound } from './claim-host.ts';
import { oneAtATime } from '../one-at-a-time.ts';

/**
 * A reading serves nobody for longer: machines are deleted and paused meanwhile. A host that has changed refuses its claim.
 * Where to read takes long, as in a large fleet, there would be one for each few claims else, and little time for anything.
 */
const FRESH = { leastMs: 1000, readings: 4, mostMs: 10_000 };

type Standing = { round: ClaimRound; begunMs: number; untilMs: number };
type Turn<Input> = { input: Input; arrivedMs: number };

/** What a turn has: the reading, which is at least as new as its arrival, and the way to have another the next time. */
export type Read = { look: () => Promise<ClaimRound>; forget: () => void };

/** Runs `run` in turn for each namespace, with the reading that it shares with others who wait. */
export function inTurns<Input extends { machine: MachineKey }, Result>(
  kube: Kube,
  run: (input: Input, read: Read) => Promise<Result>,
): (input: Input) => Promise<Result> {
  const standing = new Map<string, Standing>();
  const waiting = new Map<string, number>();
  const turn = oneAtATime(
    ({ input, arrivedMs }: Turn<Input>) => run(input, readOf(kube, standing, { key: input.machine, arrivedMs })),
    ({ input }) => input.machine.namespace,
  );
  return async (input) => {
    const { namespace } = input.machine;
    waiting.set(namespace, (waiting.get(namespace) ?? 0) + 1);
    try {
      return await turn({ input, arrivedMs: performance.now() });
    } finally {
      const left = (waiting.get(namespace) ?? 1) - 1;
      waiting.set(namespace, left);
      // Whoever comes next reads anew, so that nothing is kept for nobody.
      if (left === 0 && waiting.delete(namespace)) standing.delete(namespace);
    }
  };
}

type Asking = { key: MachineKey; arrivedMs: number };

function readOf(kube: Kube, standing: Map<string, Standing>, { key, arrivedMs }: Asking): Read {
  const { namespace } = key;
  return {
    look: async () => {
      const known = standing.get(namespace);
      const nowMs = performance.now();
      if (known && known.begunMs >= arrivedMs && nowMs < known.untilMs) return known.round;
      const round = await readNamespace(kube, key);
      standing.set(namespace, { round, begunMs: nowMs, untilMs: nowMs + freshMs(performance.now() - nowMs) });
      return round;
    },
    forget: () => void standing.delete(namespace),
  };
}

/** For how long a reading that took so long is used, from its beginning on. */
function freshMs(readMs: number): number {
  return Math.min(FRESH.mostMs, Math.max(FRESH.leastMs, FRESH.readings * readMs));
}
