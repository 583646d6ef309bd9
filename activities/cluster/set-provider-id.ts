// Activity: spec.providerID, once a host is claimed and prepared; the reconciler follows with `provisioned`.
import { FIELD_MANAGERS, providerIdOf } from '../../api/names.ts';
import { ByoError } from '../../common/errors.ts';
import { BYO_MACHINES } from '../../common/kube/resources.ts';
import type { Deed } from './deed.ts';
import type { ClusterDependencies } from './dependencies.ts';
import { nameOfKey } from './report-conditions.ts';

/** Set already: nothing. Set to another claim's: ByoError ClaimConflict, since it can never be changed. */
export function createSetProviderID({ kube }: ClusterDependencies): Deed<'setProviderID'> {
  return async ({ machine }, { machine: key, claim }) => {
    const providerID = providerIdOf(claim.hostID, claim.generation);
    if (!machine || machine.spec.providerID === providerID) return;
    if (machine.spec.providerID !== undefined) {
      throw new ByoError(
        'ClaimConflict',
        `ByoMachine ${nameOfKey(key)} already is ${machine.spec.providerID}, not ${providerID}`,
        { remedy: 'Delete its Machine: it cannot move to another host', retryable: false },
      );
    }
    const { namespace, name, resourceVersion } = machine.metadata;
    const change = { manager: FIELD_MANAGERS.workflow, body: { spec: { providerID } }, resourceVersion };
    await kube.patch(BYO_MACHINES, { namespace, name }, change);
  };
}
