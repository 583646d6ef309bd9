// CompareBaseline: proof that nothing of the claim is left on the host, and what else has changed since it began.
import type { ResetArguments } from '../../../api/orders.ts';
import { ByoError, printable } from '../../../common/errors.ts';
import { describeDifference, type Baseline, type Difference } from '../../baseline/baseline.ts';
import type { Comparison } from '../../baseline/compare-baseline.ts';
import { removeKnown } from '../../baseline/remove-known.ts';
import { listEndpoints, type ClusterNotes } from '../../cluster-folders/folder-notes.ts';
import { listToldRemains, planFolders } from '../../cluster-folders/plan-folders.ts';
import type { Host } from '../../host/host.ts';
import type { Claim } from '../../journal/claims.ts';
import type { HostNoteJournal } from '../../journal/host-notes.ts';
import { decideLeftovers } from '../../leftovers/decide-leftovers.ts';
import { listData, planData } from '../../leftovers/data-left.ts';
import { listUntold } from '../../leftovers/host-paths.ts';
import { bindingOf, recallTold, recordLeftovers, recordNotes } from '../../leftovers/told.ts';
import type { Step, StepContext } from '../../runner/step.ts';
import { CONTAINERD_CONFIG, CONTAINERD_UNIT, KUBEADM_DROP_IN, KUBELET_UNIT } from '../../linux/paths.ts';
import { reachOf } from './reach-of.ts';
import { releaseEndpoint } from './release-endpoint.ts';
import { planZones, type ClaimMemory, type ZoneToEmpty } from '../../zones/plan-reset.ts';
import { listZoneRemains } from '../../zones/list-remains.ts';

/** `readBaseline`: of a claim, as the journal has it; undefined when an older agent opened the claim. */
export type ResetDeps = ClaimMemory &
  ClusterNotes &
  HostNoteJournal & { readBaseline(claim: Claim): Baseline | undefined };

const OWN_FILES = [CONTAINERD_CONFIG, CONTAINERD_UNIT, KUBELET_UNIT, KUBEADM_DROP_IN, '/usr/local/bin/kubelet'];
/** More would hide the first ones in a condition; the agent's log has them all. */
const NAMED = 10;

/** @throws ByoError `ResetBlocked` (retryable) while known kinds still stand, `NotClean` for what would bind the host */
export function createCompareBaseline(deps: ResetDeps): Step<ResetArguments> {
  return {
    name: 'CompareBaseline',
    look: async () => false,
    act: async (context, input) => {
      const { host, key } = context;
      const before = deps.readBaseline(key);
      // Whatever has put it back since: it has ended by now, and the address goes for good.
      await releaseEndpoint(context, { endpoint: input.endpoint, before, names: listEndpoints(deps, key) });
      const comparison = await removeKnown(host, before, reachOf(deps, key, input));
      const folders = await planFolders(host, deps, key);
      const zones = [...(await planZones(host, deps, key)), ...folders.empty.map(({ zone }) => zone)];
      const left = await listRemains(host, zones);
      const told = [...(await listToldRemains(host, folders)), ...listBinding(deps, key, comparison)];
      const asked = { notes: deps, claim: key, before };
      const earlier = recallTold(deps).leftovers.filter(({ kind }) => kind === 'Data');
      const data = await listData(host, asked, { cluster: input.cluster, earlier });
      const judged = decideLeftovers([...told.map((text) => bindingOf(key, text)), ...data], input);
      recordLeftovers(deps, [...judged.blocking, ...judged.bound]);
      const shared = planData(asked).shared.map((path) => `pods could write to ${path}`);
      const notes = [...judged.notes, ...(await listNotes(context, comparison)), ...shared];
      recordNotes(deps, notes);
      const remains = [...left, ...judged.blocking.map(({ what }) => what)];
      if (remains.length > 0) throw notClean(remains);
      if (comparison.known.length > 0) throw stillThere(comparison.known);
      if (notes.length > 0) context.report({ conclusion: listSome(notes) });
    },
  };
}

/** What would bind the host, and what pods were given and nobody could write down: its owner alone can tell. */
function listBinding(notes: ClusterNotes, claim: Claim, { reach }: Comparison): string[] {
  const untold = listUntold(notes, claim).map((what) => `what pods wrote to ${what}`);
  return [...reach.map(describeDifference), ...untold];
}

/** What its owner has changed meanwhile, what is gone, and what stays since somebody has edited it: held against nobody. */
async function listNotes({ host, ledger }: StepContext, { owners, gone }: Comparison): Promise<string[]> {
  const edited: string[] = [];
  for (const { path, note } of ledger.listNotes())
    if (await host.stat(path)) edited.push(`left as it is: ${path} ${note}`);
  return [
    ...edited,
    ...owners.map((difference) => `came since the claim began: ${describeDifference(difference)}`),
    ...gone.map((difference) => `gone since the claim began: ${describeDifference(difference)}`),
  ];
}

async function listRemains(host: Host, zones: readonly ZoneToEmpty[]): Promise<string[]> {
  const remains: string[] = [];
  for (const path of OWN_FILES) if (await host.stat(path)) remains.push(`file ${path}`);
  return [...remains, ...(await listZoneRemains(host, zones))];
}

function notClean(remains: readonly string[]): ByoError {
  return new ByoError('NotClean', `still of the cluster, or of nobody known: ${listSome(remains)}`, {
    remedy:
      'Remove what is listed from the host (nothing of it was touched), or let it stay: `byo host accept`; it is reset again',
    retryable: false,
  });
}

function stillThere(known: readonly Difference[]): ByoError {
  return new ByoError(
    'ResetBlocked',
    `left by the cluster and not to be removed: ${listSome(known.map(describeDifference))}`,
    {
      remedy: 'See what uses it on the host; it is tried again',
      retryable: true,
    },
  );
}

function listSome(lines: readonly string[]): string {
  const more = lines.length > NAMED ? ` and ${lines.length - NAMED} more` : '';
  return (
    printable(
      lines
        .slice(0, NAMED)
        .map((line) => printable(line.replaceAll('\n', ' '), 160))
        .join('; '),
      880,
    ) + more
  );
}
