// A namespace, read once for everybody who waits for a host in it at that moment: who is given which, and why the others are
// given none.
import type { ByoHost } from '../../../api/byo-host.ts';
import type { MachineKey } from '../../../api/names.ts';
import { incarnationOf, ownerNameOf } from '../../../common/contract.ts';
import type { Kube } from '../../../common/kube/client.ts';
import type { Unreadable } from '../../../common/kube/errors.ts';
import { BYO_HOSTS, BYO_MACHINES, CLUSTERS, MACHINES } from '../../../common/kube/resources.ts';
import { placeAll, placementOf, type Placement, type Wish } from './decide-claim.ts';
import { holdersOf } from '../observe/find-hosts.ts';
import { wishesOf, type Competition } from './list-wishes.ts';
import type { Situation } from '../observe/situation.ts';

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
