// A host compared with its earlier self: everything that a claim has left, but what docs/clean-hosts.md allows.
import { ALLOWED_DIFFERENCES } from '../../../harness/allowed-differences.ts';
import { compareSnapshots, describeDifference } from '../../../harness/compare-snapshots.ts';
import { takeSnapshot, type HostSnapshot } from '../../../harness/host-snapshot.ts';
import type { HostHandle } from '../../../lab/index.ts';

/** A host of the lab that is started again has another MAC, and with it another link-local address. */
const NEW_MAC = /^(link eth0 changed from|address eth0 inet6 fe80::|route inet6 local fe80::)/;

/** One line for each difference; empty when the host is clean. */
export async function listDifferences(before: HostSnapshot, host: HostHandle): Promise<string[]> {
  const differences = compareSnapshots(before, await takeSnapshot(host), ALLOWED_DIFFERENCES);
  return differences.map(describeDifference).filter((line) => !NEW_MAC.test(line));
}
