// Metrics of our own programs, read as Prometheus reads them.

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
