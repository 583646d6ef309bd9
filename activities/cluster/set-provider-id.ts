// Activity: spec.providerID, once a host is claimed and prepared; the reconciler follows with `provisioned`.
import type { ByoMachine } from '../../api/byo-machine.ts';
import { FIELD_MANAGERS, providerIdOf } from '../../api/names.ts';
import { ByoError } from '../../common/errors.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_MACHINES } from '../../common/kube/resources.ts';
import type { Inputs } from './right/activity-input.ts';
import type { Deed } from './right/deed.ts';
import type { ClusterDependencies } from './dependencies.ts';
import { nameOfKey, writeReport } from './report-conditions.ts';

/** Set already: nothing. Set to another claim's: ByoError ClaimConflict, since it can never be changed. */
export function createSetProviderID(deps: ClusterDependencies): Deed<'setProviderID'> {
  return async (seen, input) => {
    const machine = seen.machine && (await setProviderID(deps.kube, seen.machine, input));
    const { passing, ...report } = input;
    return writeReport(deps, { ...seen, machine }, { ...report, ...(passing && { blocked: false }) });
  };
}

async function setProviderID(
  kube: Kube,
  machine: ByoMachine,
  { machine: key, claim }: Inputs['setProviderID'],
): Promise<ByoMachine> {
  const providerID = providerIdOf(claim.hostID, claim.generation);
  if (machine.spec.providerID === providerID) return machine;
  if (machine.spec.providerID !== undefined) {
    throw new ByoError(
      'ClaimConflict',
      `ByoMachine ${nameOfKey(key)} already is ${machine.spec.providerID}, not ${providerID}`,
      { remedy: 'Delete its Machine: it cannot move to another host', retryable: false },
    );
  }
  const { namespace, name, resourceVersion } = machine.metadata;
  const change = { manager: FIELD_MANAGERS.workflow, body: { spec: { providerID } }, resourceVersion };
  return kube.patch(BYO_MACHINES, { namespace, name }, change);
}
