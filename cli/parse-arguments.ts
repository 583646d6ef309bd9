// Text of the command line into values; what cannot be meant is refused with an example.
import { parseHostPort } from '../common/host-port.ts';
import { InvalidArgumentError } from 'commander';

const UNITS = { m: 60_000, h: 3600_000, d: 24 * 3600_000 } as const;

/** `30m`, `1h`, `2d` in milliseconds; at most 30 days. */
export function parseTtl(text: string): number {
  const match = /^([1-9]\d{0,3})([mhd])$/.exec(text);
  const unit = match?.[2];
  const ms = unit === 'm' || unit === 'h' || unit === 'd' ? Number(match?.[1]) * UNITS[unit] : 0;
  if (ms > 0 && ms <= 30 * UNITS.d) return ms;
  throw new InvalidArgumentError('a time is like 30m, 1h or 2d, and at most 30d');
}

/** A count from 1 to 1000. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1000) return count;
  throw new InvalidArgumentError('a count is a number from 1 to 1000');
}

/** `key=value`, collected. */
export function parseLabel(text: string, earlier: Record<string, string> = {}): Record<string, string> {
  const match = /^([A-Za-z0-9][A-Za-z0-9._/-]*)=([A-Za-z0-9._-]*)$/.exec(text);
  if (match) return { ...earlier, [match[1] ?? '']: match[2] ?? '' };
  throw new InvalidArgumentError('a label is key=value');
}

/** `host:port`, `[v6]:port`; no other character, since it becomes part of a shell command. */
export function parseAddress(text: string): string {
  if (parseHostPort(text)) return text;
  throw new InvalidArgumentError('an address is HOST:PORT');
}
