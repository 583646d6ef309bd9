// Activity: claims the host that fits best, by compare-and-swap on its resourceVersion; a namespace is read once for everybody
// who waits for a host in it at that moment.
import type { ClaimResult, MachineView } from '../../../api/activities.ts';
import type { ByoHost } from '../../../api/byo-host.ts';
import type { ByoMachine } from '../../../api/byo-machine.ts';
import { MACHINE_CONDITIONS, WAIT_REASONS } from '../../../api/conditions.ts';
import { claimed } from '../../../api/milestones.ts';
import { FIELD_MANAGERS, type MachineKey } from '../../../api/names.ts';
import { labelsFor } from '../../../common/claim/claim-label.ts';
import { nextGenerationOf } from '../../../common/claim/claim-generation.ts';
import { incarnationOf, ownerNameOf } from '../../../common/contract.ts';
import type { Kube } from '../../../common/kube/client.ts';
import type { Unreadable } from '../../../common/kube/errors.ts';
import { BYO_HOSTS, BYO_MACHINES, CLUSTERS, MACHINES } from '../../../common/kube/resources.ts';
import { retryOnConflict } from '../../../common/kube/retry-on-conflict.ts';
import { ByoError } from '../../../common/errors.ts';
import { claimOf, decideView } from '../observe/decide-view.ts';
import { holdersOf } from '../observe/find-hosts.ts';
import type { Deed } from '../right/deed.ts';
import type { ClusterDependencies } from '../dependencies.ts';
import { writeReport, type Report } from '../report-conditions.ts';
import { findMachine, type Situation } from '../observe/situation.ts';
import { placeAll, placementOf, wishesOf, type Competition, type Placement, type Wish } from './decide-claim.ts';

/** Of a machine, with the reading of its namespace by which its claim is decided. */
export type Claiming = Situation & { round: ClaimRound };

/**
 * Answers the standing claim, or makes one, or says host by host why there is none. To be called one at a time
 * in a namespace: an attempt that Temporal has given up can still run, and must not claim a second host beside its
 * successor.
 */
export function createClaimHost(deps: ClusterDependencies): Deed<'claimHost', Claiming> {
  return async (seen, { machine: key }) => {
    const [standing] = seen.claimed;
    if (standing && claimOf(standing)) return tellClaim(deps, seen, { key, host: standing });
    const placement = seen.round.placementOf(key.incarnation);
    if (!placement) {
      const waiting = { reason: WAIT_REASONS.held, message: 'the ByoMachine does not wait for a host any more' };
      return { waiting, view: decideView(seen, key) };
    }
    if ('message' in placement) return tellWaiting(deps, seen, { key, message: placement.message });
    const host = await writeClaim(deps.kube, placement.host, key);
    seen.round.note(host);
    return tellClaim(deps, seen, { key, host });
  };
}

type Unplaced = { key: MachineKey; message: string };

async function tellWaiting(
  deps: ClusterDependencies,
  seen: Situation,
  { key, message }: Unplaced,
): Promise<ClaimResult> {
  const waiting = { reason: WAIT_REASONS.noHostFits, message };
  const condition = { type: MACHINE_CONDITIONS.hostClaimed, status: 'False', ...waiting } as const;
  return { waiting, view: await tell(deps, seen, { machine: key, conditions: [condition] }) };
}

type Claimed = { key: MachineKey; host: ByoHost };

/** A machine that is held says nothing new: not even that a claim of it stands. */
async function tellClaim(deps: ClusterDependencies, seen: Situation, { key, host }: Claimed): Promise<ClaimResult> {
  const claim = claimOf(host);
  if (!claim) throw takenAway(host);
  const now = { ...seen, claimed: [host] };
  const view = decideView(now, key);
  if (view.hold || view.deleting) return { claim, view };
  return { claim, view: await tell(deps, now, { machine: key, conditions: [claimed(claim)] }) };
}

/** What was read for everybody may be old: then the machine is read again, and whoever writes to it meanwhile undoes no claim. */
function tell(deps: ClusterDependencies, seen: Situation, report: Report): Promise<MachineView> {
  let known: Promise<ByoMachine | undefined> | undefined = Promise.resolve(seen.machine);
  return retryOnConflict(async () => {
    const machine = await (known ?? findMachine(deps.kube, report.machine));
    known = undefined;
    return writeReport(deps, { ...seen, machine }, report);
  });
}

async function writeClaim(kube: Kube, host: ByoHost, key: MachineKey): Promise<ByoHost> {
  const { namespace, name, incarnation } = key;
  const generation = nextGenerationOf(host);
  return kube.patch(
    BYO_HOSTS,
    { namespace: host.metadata.namespace, name: host.metadata.name },
    {
      manager: FIELD_MANAGERS.workflow,
      body: {
        metadata: { labels: labelsFor({ incarnation }) },
        spec: { claim: { namespace, name, incarnation, generation }, lastGeneration: generation },
      },
      resourceVersion: host.metadata.resourceVersion,
    },
  );
}

function takenAway({ metadata }: ByoHost): ByoError {
  return new ByoError('ClaimConflict', `the claim of ${metadata.name} was taken away at once`, {
    remedy: 'It is tried again',
    retryable: true,
  });
}

/** Reads a namespace at one moment. */
export async function readNamespace(kube: Kube, { namespace }: Pick<MachineKey, 'namespace'>): Promise<ClaimRound> {
  const scope = { namespace };
  const [hosts, machines, owners, clusters] = await Promise.all([
    kube.listReadable(BYO_HOSTS, scope),
    kube.listReadable(BYO_MACHINES, scope),
    kube.listReadable(MACHINES, scope),
    kube.listReadable(CLUSTERS, scope),
  ]);
  const unreadable = [hosts, machines, owners, clusters].flatMap(({ invalid }) => invalid);
  const all = { hosts: hosts.items, machines: machines.items, owners: owners.items, clusters: clusters.items };
  return new ClaimRound(all, unreadable);
}

export class ClaimRound {
  readonly #all: Competition;
  readonly #unreadable: Unreadable[];
  readonly #wishes: Map<string, Wish>;
  readonly #placed: Map<ByoHost, Wish>;
  /** Hosts that were claimed in this round, as they are since. */
  readonly #claimed = new Map<string, ByoHost>();

  constructor(all: Competition, unreadable: Unreadable[]) {
    this.#all = all;
    this.#unreadable = unreadable;
    this.#wishes = wishesOf(all);
    this.#placed = placeAll(this.#wishes.values(), all.hosts);
  }

  /** What was read of one machine, with what has been claimed since. */
  situationOf(key: MachineKey): Situation {
    const { machines, owners, clusters } = this.#all;
    const machine = machines.find((one) => one.metadata.name === key.name && incarnationOf(one) === key.incarnation);
    const ownerName = machine && ownerNameOf(machine, 'Machine');
    const owner = owners.find(({ metadata }) => metadata.name === ownerName);
    const cluster = clusters.find(({ metadata }) => metadata.name === owner?.spec.clusterName);
    const hosts = this.#all.hosts.map((host) => this.#claimed.get(host.metadata.name) ?? host);
    return { machine, owner, cluster, ...holdersOf(hosts, key), unreadable: this.#unreadable };
  }

  /** Undefined: it does not wait for a host. Whoever is served by its placement changes nothing for the others. */
  placementOf(incarnation: string): Placement | undefined {
    const wish = this.#wishes.get(incarnation);
    return wish && placementOf(wish, this.#all.hosts, this.#placed);
  }

  /** A placement was written down: what the host is now. */
  note(host: ByoHost): void {
    this.#claimed.set(host.metadata.name, host);
  }
}
