// The report of a host: facts, findings and progress in the shape of the API, every size within its bound.
import { ReportedHost, type OperationProgress, type Quarantine } from '../../api/report/reported-host.ts';
import { decideFindings } from '../inspect/decide-findings.ts';
import type { HostFacts } from '../inspect/host-facts.ts';
import type { Told } from './told.ts';

/**
 * Raised when an agent understands something that an older one does not.
 * 2: bundles from web servers and registries, and mirrors; of an order, 1 reads the source alone.
 * 3: orders that are packed within their seal (`PACKED_ORDERS`).
 */
export const PROTOCOL = 3;

/** What the report says beside the facts. `sealingKey`: public JWK in JSON. */
export type ReportContext = {
  agentVersion: string;
  sealingKey: string;
  clockSkewSeconds?: number | undefined;
  generation: number;
  openClaim?: { incarnation: string; generation: number };
  operation?: OperationProgress;
  quarantine?: Quarantine;
} & Partial<Told>;

/** @throws ZodError for a report that the API server would refuse */
export function buildReport(facts: HostFacts, context: ReportContext): ReportedHost {
  const {
    agentVersion,
    sealingKey,
    clockSkewSeconds,
    generation,
    openClaim,
    operation,
    quarantine,
    notes = [],
  } = context;
  return ReportedHost.parse({
    agentVersion,
    protocol: PROTOCOL,
    ...facts,
    findings: decideFindings(facts).slice(0, 32),
    sealingKey,
    ...(clockSkewSeconds === undefined ? {} : { clockSkewSeconds }),
    generation,
    ...(openClaim ? { openClaim } : {}),
    ...(operation ? { operation } : {}),
    ...(quarantine ? { quarantine } : {}),
    ...(notes.length > 0 ? { notes } : {}),
  });
}
