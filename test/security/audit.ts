// What must stand in the gateway's audit trail.
import { waitFor } from '../../lab/wait.ts';
import { readAudit, type AuditLine, type World } from './world.ts';

/** Waits for a line about this host that holds these fields. */
export async function waitForAudit(world: World, hostID: string, wanted: Partial<AuditLine>): Promise<void> {
  const isMeant = (line: AuditLine): boolean =>
    Object(line['peer']).hostID === hostID && Object.entries(wanted).every(([name, value]) => line[name] === value);
  const probe = async () => ((await readAudit(world)).some(isMeant) ? undefined : `no line ${JSON.stringify(wanted)}`);
  await waitFor('the line in the audit trail', probe, { timeoutMs: 10_000 });
}
