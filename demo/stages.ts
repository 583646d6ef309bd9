// The stages of the demo: what runs now, how long each took, so that a person sees progress and the report has numbers.

export type Stages = {
  /** Runs one stage, printing its start and its end with the time. */
  run: <T>(name: string, what: string, work: () => Promise<T>) => Promise<T>;
  /** Seconds of every stage that ended, by name. */
  readonly seconds: Record<string, number>;
};

/** `say` prints one line. */
export function createStages(say: (line: string) => void): Stages {
  const seconds: Record<string, number> = {};
  return {
    seconds,
    run: async (name, what, work) => {
      say(`▸ ${what}`);
      const started = performance.now();
      const result = await work();
      seconds[name] = Math.round((performance.now() - started) / 100) / 10;
      say(`✓ ${what} (${seconds[name]} s)`);
      return result;
    },
  };
}
