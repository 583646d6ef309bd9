// A JSON value of somebody else, with every text in it made fit to be stored and shown.
import { printable } from './errors.ts';

/** The longest string of our shapes is the sealing key of a report; all others are bounded below it by their schemas. */
const MAX_TEXT = 2048;

/** The value with every string made printable, names of members aside; printable text is never longer. */
export function printableValue(value: unknown): unknown {
  if (typeof value === 'string') return printable(value, MAX_TEXT);
  if (Array.isArray(value)) return value.map(printableValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, printableValue(member)]));
}
