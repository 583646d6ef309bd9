// The reporter of this machine: facts read afresh, findings, and the operation as it stands, in the shape of the API.
import { ReportedHost, type OperationProgress, type Quarantine } from '../../api/report/reported-host.ts';
import type { Logger } from '../../common/log.ts';
import type { Host } from '../host/host.ts';
import { decideFindings } from '../inspect/decide-findings.ts';
import { gatherFacts } from '../inspect/gather-facts.ts';
import type { HostFacts } from '../inspect/host-facts.ts';
import type { SealingKeys } from '../identity/sealing-keys.ts';
import type { ManagementLink } from '../link/management.ts';
import type { Reachability } from '../link/reachability.ts';
import type { ReportedOperations } from './reported-operations.ts';
import { rememberSkew } from './clock-skew.ts';
import { dropGone } from '../leftovers/data-left.ts';
import type { Told } from '../leftovers/told.ts';
import { startReporter, type Reporter, type SeenPoll } from './reporter.ts';

export type HostReporterOptions = {
  link: ManagementLink;
  reachability: Reachability;
  host: Host;
  operations: ReportedOperations;
  version: string;
  sealingKeys: Pick<SealingKeys, 'read'>;
  /** Milliseconds by which the own clock is ahead of the gateway's, once it is known. */
  readSkew: () => number | undefined;
  log: Logger;
  signal: AbortSignal;
  /** Called with the gateway's view of this host's poll; see `startReporter`. */
  onLease: (seen: SeenPoll) => void;
};

/** Facts are a dozen short commands: read once a minute and when a claim opens or closes, not at every step. */
const FACTS_LAST_MILLISECONDS = 50_000;

export function startHostReporter(options: HostReporterOptions): Reporter {
  const { link, reachability, log, signal, onLease } = options;
  const readFacts = rememberFacts(options.host);
  const readSkew = rememberSkew(options.readSkew, log);
  const read = () => readReport({ ...options, readSkew }, readFacts);
  return startReporter({ link, reachability, log, signal, onLease, read });
}

type ReadFacts = (hasClaim: boolean) => Promise<HostFacts>;

async function readReport(options: HostReporterOptions, readFacts: ReadFacts): Promise<ReportedHost> {
  const { operations, version, sealingKeys } = options;
  const sealingKey = (await sealingKeys.read()).current;
  const claims = operations.claims();
  const operation = operations.latest();
  const quarantine = operations.quarantine();
  return buildReport(await readFacts(claims.open !== undefined), {
    agentVersion: version,
    sealingKey: JSON.stringify(sealingKey.publicJwk),
    clockSkewSeconds: options.readSkew(),
    generation: claims.highest,
    ...(claims.open ? { openClaim: claims.open } : {}),
    ...(operation ? { operation } : {}),
    ...(quarantine ? { quarantine } : {}),
    ...(await dropGone(options.host, operations.told())),
  });
}

function rememberFacts(host: Host): ReadFacts {
  let last: { facts: HostFacts; hasClaim: boolean; readAt: number } | undefined;
  return async (hasClaim) => {
    const isFresh = last?.hasClaim === hasClaim && performance.now() - last.readAt < FACTS_LAST_MILLISECONDS;
    if (last && isFresh) return last.facts;
    last = { facts: await gatherFacts(host, hasClaim), hasClaim, readAt: performance.now() };
    return last.facts;
  };
}

/**
 * Raised when an agent understands something that an older one does not.
 * 2: bundles from web servers and registries, and mirrors; of an order, 1 reads the source alone.
 * 3: orders that are packed within their seal (`PACKED_ORDERS`).
 */
export const PROTOCOL = 3;

/** What the report says beside the facts. `sealingKey`: public JWK in JSON. */
type ReportContext = {
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
    leftovers = [],
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
    ...(leftovers.length > 0 ? { leftovers } : {}),
  });
}
