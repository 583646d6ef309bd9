// What a host says, made fit to be stored and shown: an administrator's terminal is not the host's to write to.
import { ReportedHost } from '../../api/reported-host.ts';
import { printable } from '../../common/errors.ts';

/** The longest string of the shape is the sealing key; all others are bounded below it by the schema. */
const MAX_TEXT = 2048;

/** The report with every string made printable; its shape is kept, since printable text is never longer. */
export function cleanReport(report: ReportedHost): ReportedHost {
  return ReportedHost.parse(clean(report));
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return printable(value, MAX_TEXT);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, clean(member)]));
}
