// What the agent tells the management cluster, through the gateway: the report of its own host, and that it lives.
import { z } from 'zod';
import { GATEWAY_PATHS, LeaseAnswer } from '../../api/gateway.ts';
import type { ReportedHost } from '../../api/report/reported-host.ts';
import type { GatewayClient } from './http.ts';

/** What an agent may say; which host it is, the gateway knows from the certificate. Every method throws when the link fails. */
export type ManagementLink = {
  /** Replaces `status.reported` of this host: an equal report changes nothing. */
  applyReport(report: ReportedHost): Promise<void>;
  /** Renews the Lease of this host; answers how the gateway sees its poll. */
  renewLease(): Promise<LeaseAnswer>;
};

export function createManagementLink(call: GatewayClient): ManagementLink {
  return {
    applyReport: async (report) => {
      await call({ method: 'PUT', path: GATEWAY_PATHS.report, body: report }, z.unknown());
    },
    renewLease: () => call({ method: 'PUT', path: GATEWAY_PATHS.lease, body: {} }, LeaseAnswer),
  };
}
