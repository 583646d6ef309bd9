// EmptyOwnedZones: folders that only Kubernetes fills, its rules and its links; never below a foreign mount.
import type { ResetArguments } from '../../api/orders.ts';
import { ByoError, printable } from '../../common/errors.ts';
import type { Host } from '../host/host.ts';
import type { Step } from '../runner/step.ts';
import { removeKnown } from '../baseline/remove-known.ts';
import { changesRemain } from './reset-undo-changes.ts';
import type { ResetDeps } from './reset-compare-baseline.ts';
import { decideMounts, RESET_ZONES } from './reset-zones.ts';
import { runCommand } from './run-command.ts';

/** Known kinds beside files go here too; what still stands afterwards (a device in use) CompareBaseline tries again. */
export function createEmptyOwnedZones(deps: ResetDeps): Step<ResetArguments> {
  return {
    name: 'EmptyOwnedZones',
    look: async () => false,
    act: async ({ host, ledger, key }) => {
      const { own, foreign } = decideMounts((await host.readFile('/proc/self/mountinfo'))?.toString('utf8') ?? '');
      if (foreign.length > 0) throw blocked(foreign);
      for (const target of own) await runCommand(host, ['umount', '--', target]);
      for (const zone of RESET_ZONES) await emptyZone(host, zone);
      const problems = await ledger.undoAll();
      if (problems.length > 0) throw changesRemain(problems);
      await removeKnown(host, deps.readBaseline(key));
    },
  };
}

/** The zone itself may be a mount of the machine's owner and stays; `-xdev` never enters another below it. */
async function emptyZone(host: Host, zone: string): Promise<void> {
  if (!(await host.stat(zone))) return;
  await runCommand(host, ['find', zone, '-xdev', '-mindepth', '1', '-delete'], { timeoutSeconds: 600 });
}

function blocked(foreign: readonly string[]): ByoError {
  return new ByoError(
    'ResetBlocked',
    printable(`foreign mounts stand where the reset would delete: ${foreign.join(', ')}`),
    {
      remedy: 'Unmount them; the reset goes on by itself',
      retryable: true,
    },
  );
}
