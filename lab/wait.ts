// Waiting for a condition of the real world, with a limit and with what was last seen in the error.
import { setTimeout as delay } from 'node:timers/promises';

/** `probe` gives undefined when the condition holds, otherwise a sentence on what is missing. */
export type Probe = () => Promise<string | undefined>;

/** Poll until `probe` is content. A probe that throws GiveUp ends the wait at once; any other error is "not yet". */
export async function waitFor(
  what: string,
  probe: Probe,
  limits: { timeoutMs: number; everyMs?: number },
): Promise<void> {
  const end = Date.now() + limits.timeoutMs;
  for (;;) {
    const missing = await probe().catch(explain);
    if (missing === undefined) return;
    if (Date.now() >= end) throw new Error(`${what}: not after ${limits.timeoutMs / 1000} s: ${missing}`);
    await delay(limits.everyMs ?? 100);
  }
}

/** The wait has become pointless, e.g. because the process waited for has died. */
export class GiveUp extends Error {
  override name = 'GiveUp';
}

function explain(error: unknown): string {
  if (error instanceof GiveUp) throw error;
  return error instanceof Error ? error.message : String(error);
}
