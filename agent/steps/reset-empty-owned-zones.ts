// EmptyOwnedZones: folders that only Kubernetes fills, its rules and its links; never below a foreign mount.
import type { ResetArguments } from '../../api/orders.ts';
import { ByoError, printable } from '../../common/errors.ts';
import type { Host } from '../host/host.ts';
import type { Step } from '../runner/step.ts';
import { changesRemain } from './reset-undo-changes.ts';
import { decideMounts, RESET_ZONES } from './reset-zones.ts';
import { runCommand } from './run-command.ts';

const LINKS = ['cni0', 'flannel.1', 'kube-ipvs0'];
/** Constant text: rules are filtered by the machine's own tools, since a cut output must never be restored. */
const DROP_RULES = `for tool in iptables ip6tables; do
  command -v "$tool-save" >/dev/null || continue
  "$tool-save" | grep -Eq 'KUBE-|CNI-' || continue
  "$tool-save" | grep -Ev 'KUBE-|CNI-' | "$tool-restore" || exit 1
done`;

export const emptyOwnedZones: Step<ResetArguments> = {
  name: 'EmptyOwnedZones',
  look: async () => false,
  act: async ({ host, ledger }) => {
    const { own, foreign } = decideMounts((await host.readFile('/proc/self/mountinfo'))?.toString('utf8') ?? '');
    if (foreign.length > 0) throw blocked(foreign);
    for (const target of own) await runCommand(host, ['umount', '--', target]);
    for (const zone of RESET_ZONES) await emptyZone(host, zone);
    await runCommand(host, ['sh', '-c', DROP_RULES]);
    for (const link of LINKS) {
      if (await host.stat(`/sys/class/net/${link}`)) await runCommand(host, ['ip', 'link', 'delete', link]);
    }
    const problems = await ledger.undoAll();
    if (problems.length > 0) throw changesRemain(problems);
  },
};

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
