// What a host says, made fit to be stored and shown: an administrator's terminal is not the host's to write to.
import { ReportedHost } from '../../api/report/reported-host.ts';
import { printableValue } from '../../common/printable-value.ts';

/** The report with every string made printable; its shape is kept, since printable text is never longer. */
export function cleanReport(report: ReportedHost): ReportedHost {
  return ReportedHost.parse(printableValue(report));
}
