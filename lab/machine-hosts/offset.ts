// How far off a clock is, as people say it: `90s`, `-3h`, `+400d`.

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** In seconds; undefined when it is no such text. */
export function parseOffset(text: string): number | undefined {
  const [, amount, unit = ''] = /^([+-]?\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = SECONDS[unit];
  return amount === undefined || seconds === undefined ? undefined : Number(amount) * seconds;
}
