// Metrics of our own programs, read as Prometheus reads them.
import { waitFor } from '../lab/wait.ts';

export type Metrics = {
  /** A value by name and labels, `name{label="value"}`; undefined when the program is away or does not tell it. */
  read: (series: string) => Promise<number | undefined>;
};

/** Metrics on a port of the loopback. */
export function metricsOf(port: number): Metrics {
  return {
    read: async (series) => {
      const text = await scrape(port);
      const line = text?.split('\n').find((one) => one.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
  };
}

/** Undefined while nobody answers: the programs are killed here on purpose. */
async function scrape(port: number): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(5000) });
    return await answer.text();
  } catch {
    return undefined;
  }
}

/** Waits until the gateway tells of so many open polls as are wanted. @throws Error after `seconds`, with their number then */
export async function untilPolls(metrics: Metrics, isMet: (polls: number) => boolean, seconds: number): Promise<void> {
  const probe = async (): Promise<string | undefined> => {
    const polls = await metrics.read('byo_gateway_polls_open');
    return polls !== undefined && isMet(polls) ? undefined : `${polls ?? 'no'} polls`;
  };
  await waitFor('polls at the gateway', probe, { timeoutMs: seconds * 1000, everyMs: 50 });
}
