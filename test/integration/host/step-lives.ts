// Lives of one host, claim after claim, with faults at its steps; and how a host is compared with itself.
import type { OperationResult } from '../../../api/activities.ts';
import { providerIdOf } from '../../../api/names.ts';
import { ALLOWED_DIFFERENCES } from '../../../harness/allowed-differences.ts';
import { compareSnapshots, describeDifference, type AllowedDifference } from '../../../harness/compare-snapshots.ts';
import { takeSnapshot, type HostSnapshot } from '../../../harness/host-snapshot.ts';
import { giveOrder, installWish, waitForReport, type AgentWorld, type Wish } from './agent-world.ts';
import { lightJoinWish } from './bootstrap-document.ts';

/** The orders of one claim. A later attempt of the reset has another name. */
export type Life = { install: Wish; join: Wish; reset(attempt?: number): Wish };

/** The Node's name is the same in every life, so that their ends can be compared byte by byte. */
export function lifeOf(world: AgentWorld, generation: number): Life {
  const claim = { generation, incarnation: `life-${generation}` };
  const install = installWish(world, generation);
  const providerID = providerIdOf(world.hostID, 1);
  return {
    install: { ...install, ...claim, arguments: { ...install.arguments, providerID } },
    join: { ...lightJoinWish(world.hostID), ...claim },
    reset: (attempt = 0) => ({
      ...claim,
      verb: 'reset',
      operation: attempt === 0 ? 'reset' : `reset#${attempt}`,
      arguments: { skipEtcdMemberRemoval: false },
    }),
  };
}

/** Seconds after which an order whose agent has died is given to the next one. */
const HEARTBEAT_SECONDS = 6;

/** Resolves as the operation ended; however often its agent dies on the way. */
export async function carryOut(world: AgentWorld, wish: Wish): Promise<OperationResult> {
  return (await giveOrder(world, wish, { heartbeatSeconds: HEARTBEAT_SECONDS })).result;
}

/** Resolves when the host is no claim's any more. */
export async function resetHost(world: AgentWorld, wish: Wish): Promise<void> {
  await carryOut(world, wish);
  await waitForReport(world, ({ openClaim, quarantine }) => openClaim === undefined && quarantine === undefined);
}

/** Of two nodes alike: containerd names its files by chance, and a kubelet without configuration comes and goes. */
const BETWEEN_NODES: readonly AllowedDifference[] = [
  {
    kind: 'file',
    keys: /^\/var\/lib\/containerd\//,
    why: 'Names and databases of containerd are never twice the same.',
  },
  { kind: 'unit', keys: /^kubelet\.service$/, why: 'It is between two starts, or in one.' },
  { kind: 'unit', keys: /^(file )?byo-(bootcmd|runcmd)-/, why: 'Their names are those of their claims.' },
  { kind: 'process', keys: /^(kubelet|sleep|systemctl|\(kubelet\))$/, why: 'The same, seen as a process.' },
];

/** What differs, in lines for people. */
export async function differencesTo(world: AgentWorld, before: HostSnapshot, what: 'host' | 'node'): Promise<string[]> {
  const allowed = what === 'host' ? ALLOWED_DIFFERENCES : [...ALLOWED_DIFFERENCES, ...BETWEEN_NODES];
  return compareSnapshots(before, await takeSnapshot(world.host), allowed).map(describeDifference);
}
