// The bootstrap document of a join, read against the facts of this machine.
import type { JoinArguments } from '../../../api/orders.ts';
import { ByoError } from '../../../common/errors.ts';
import { BootstrapDocumentError } from './cloud-init/errors.ts';
import type { BootstrapPlan } from './cloud-init/bootstrap-plan.ts';
import { parseBootstrapDocument } from './cloud-init/parse-bootstrap-document.ts';
import type { ClusterNotes } from '../../cluster-folders/folder-notes.ts';
import type { StepContext } from '../../runner/step.ts';
import { readHostname } from '../../linux/facts.ts';
import { readDefaultInterface, readInterfaceAddresses } from '../../linux/network.ts';

export type JoinDeps = ClusterNotes & { stateDir: string };

/** @throws ByoError `BootstrapDataInvalid`, naming keys and places, never content */
export async function readBootstrapPlan({ host }: StepContext, input: JoinArguments): Promise<BootstrapPlan> {
  const defaultNetworkInterface = await readDefaultInterface(host);
  const addresses = defaultNetworkInterface ? await readInterfaceAddresses(host, defaultNetworkInterface) : {};
  const { instanceId, providerId, failureDomain } = input.metadata;
  try {
    return parseBootstrapDocument({
      format: input.format,
      document: Buffer.from(input.document, 'base64'),
      metadata: {
        localHostname: await readHostname(host),
        instanceId,
        providerId,
        ...addresses,
        ...(failureDomain ? { availabilityZone: failureDomain } : {}),
      },
      ...(defaultNetworkInterface ? { defaultNetworkInterface } : {}),
    });
  } catch (error) {
    throw nameDocumentError(error);
  }
}

function nameDocumentError(error: unknown): unknown {
  if (!(error instanceof BootstrapDocumentError)) return error;
  return new ByoError('BootstrapDataInvalid', error.message, { remedy: error.remedy, retryable: false, cause: error });
}

/** Texts that only root may read: never shown, even when a command prints them. */
export function secretsOf(plan: BootstrapPlan): string[] {
  return plan.files.filter((file) => (file.permissions & 0o077) === 0).map((file) => file.content.toString('latin1'));
}
