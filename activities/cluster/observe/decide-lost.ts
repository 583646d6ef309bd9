// What is left of a claim whose host was re-imaged under it: nothing, once the new agent has said so.
import { z } from 'zod';
import type { MachineView } from '../../../api/activities.ts';
import type { ByoHost } from '../../../api/byo-host.ts';
import { FAILURE_REASONS, WAIT_REASONS } from '../../../api/conditions.ts';
import type { Reason } from '../../../api/reasons/reason.ts';
import { sealingKeyOf } from '../../../common/claim/host-rules.ts';

/**
 * Pure; undefined while the claim is not lost. The host is not asked to reset anything: whatever is on it now came with
 * the new image, and is its owner's.
 */
export function decideLost(host: ByoHost): MachineView['lost'] {
  const { claim } = host.spec;
  if (!claim?.lost) return undefined;
  const { openClaim } = host.status?.reported ?? {};
  // Its state folder was put back: it can be reset under the claim like any other.
  if (openClaim?.incarnation === claim.incarnation && isReportOfNewAgent(host)) return undefined;
  const waiting = decideWait(host);
  return waiting ? { waiting } : {};
}

function decideWait(host: ByoHost): Reason | undefined {
  const { name } = host.metadata;
  if (!isReportOfNewAgent(host)) {
    const message = `${name} was enrolled anew and its agent has not reported since; see byo-agent.service there`;
    return { reason: WAIT_REASONS.hostOffline, message };
  }
  const foreign = host.status?.reported?.findings.find(({ code }) => code === 'ForeignSoftware');
  if (!foreign) return undefined;
  const message =
    `${name} was enrolled anew, and does not know what is on it: ${foreign.message}. If that is left of its node, ` +
    'remove it (`kubeadm reset`, then the folders named here); if not, annotate the ByoMachine for a forced release';
  return { reason: FAILURE_REASONS.hostUnfit, message };
}

const Point = z.object({ x: z.string(), y: z.string() });

/** A report names the sealing key of the agent that wrote it; the pinned one came with the new enrollment. */
function isReportOfNewAgent(host: ByoHost): boolean {
  const pinned = pointOf(sealingKeyOf(host)?.jwk);
  return pinned !== undefined && pinned === pointOf(host.status?.reported?.sealingKey);
}

/** The point of a P-256 key, whatever else its JWK holds and in which order. */
function pointOf(jwk: string | undefined): string | undefined {
  if (jwk === undefined) return undefined;
  try {
    const { x, y } = Point.parse(JSON.parse(jwk));
    return `${x}.${y}`;
  } catch {
    // A host may report anything as its key: that is no key, and so not the pinned one.
    return undefined;
  }
}
