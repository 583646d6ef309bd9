// A host's report as it is read back: an agent, a gateway or kinds of a later release may have written it, and a word that
// is not known here must never make the host itself unreadable. What the kinds and the gateway accept stays strict.
import { z } from 'zod';
import { Leftover, OperationProgress, Quarantine, ReportedHost } from './reported-host.ts';

const said = ReportedHost.shape;
const UNKNOWN = 'unknown';
const REMEDY = 'Update the controller: the host reports in words of a later release';

/** Not known to have ended: nothing is concluded from what is not understood. */
const StoredOperation = OperationProgress.extend({
  state: OperationProgress.shape.state.catch('Running'),
  step: OperationProgress.shape.step.catch(undefined),
  attempt: OperationProgress.shape.attempt.catch(undefined),
  bytes: OperationProgress.shape.bytes.catch(undefined),
  total: OperationProgress.shape.total.catch(undefined),
  reason: OperationProgress.shape.reason.catch(undefined),
  message: OperationProgress.shape.message.catch(undefined),
});

/** Of no cluster that is known: nobody claims the host by it. */
const UNKNOWN_LEFTOVER: Leftover = {
  id: '0'.repeat(32),
  kind: 'Data',
  what: `something that is not understood. ${REMEDY}`,
};

/**
 * Facts that are not understood become unknown; a finding, a quarantine or a leftover that is not, still is one. Generation and open
 * claim alone are strict: a report without them proves nothing, and counts as none.
 */
export const StoredReport = ReportedHost.extend({
  agentVersion: said.agentVersion.catch(UNKNOWN),
  protocol: said.protocol.catch(1),
  hostname: said.hostname.catch(''),
  machineID: said.machineID.catch(''),
  osImage: said.osImage.catch(UNKNOWN),
  osID: said.osID.catch(UNKNOWN),
  osVersion: said.osVersion.catch(undefined),
  kernel: said.kernel.catch(UNKNOWN),
  architecture: said.architecture.catch('other'),
  systemd: said.systemd.catch(undefined),
  glibc: said.glibc.catch(undefined),
  // Shown, and decided by nowhere.
  cgroup: said.cgroup.catch('v2'),
  cpus: said.cpus.catch(0),
  memoryBytes: said.memoryBytes.catch(0),
  network: said.network.catch(undefined),
  findings: said.findings.catch([
    { code: 'ReportNotUnderstood', message: 'what the host has found is not understood', remedy: REMEDY },
  ]),
  sealingKey: said.sealingKey.catch(''),
  operation: StoredOperation.optional().catch(undefined),
  quarantine: Quarantine.optional().catch({
    reason: 'ReportNotUnderstood',
    message: `the host asks to be left alone, for a reason that is not understood. ${REMEDY}`,
  }),
  notes: said.notes.catch(undefined),
  leftovers: z.array(Leftover.catch(UNKNOWN_LEFTOVER)).optional().catch([UNKNOWN_LEFTOVER]),
  digest: said.digest.catch(undefined),
});
