// The names under which a cloud-init template finds this machine: ds.meta_data.*, v1.*, and v1's keys at the top level.
import type { InstanceMetadata } from './bootstrap-plan.ts';

/** What `platform` and `cloud_name` say. */
const CLOUD_NAME = 'byo';

/** Nested names as the template sees them; a fact that the machine does not have is absent, never empty. */
export type InstanceData = { [name: string]: string | InstanceData };

/** cloud-init gives every key with `-` or `.` a second name with `_`, since Jinja cannot write the first after a dot. */
function withAliases(entries: [string, string | InstanceData | undefined][]): InstanceData {
  const result: InstanceData = {};
  for (const [key, value] of entries) {
    if (value === undefined) continue;
    result[key] = value;
    result[key.replace(/[-.]/g, '_')] = value;
  }
  return result;
}

/** Instance data of this machine, in the layout of cloud-init's instance-data.json. */
export function describeInstance(metadata: InstanceMetadata): InstanceData {
  const place: [string, string | undefined][] = [['availability-zone', metadata.availabilityZone]];
  const identity: [string, string][] = [
    ['instance-id', metadata.instanceId],
    ['local-hostname', metadata.localHostname],
  ];
  const metaData = withAliases([
    ...identity,
    ['hostname', metadata.localHostname],
    ['local-ipv4', metadata.localIpv4],
    ['local-ipv6', metadata.localIpv6],
    ['provider-id', metadata.providerId],
    ...place,
    ['placement', withAliases(place)],
  ]);
  const names: [string, string][] = [
    ['cloud-id', CLOUD_NAME],
    ['cloud-name', CLOUD_NAME],
    ['platform', CLOUD_NAME],
  ];
  const v1 = withAliases([...identity, ...place, ...names]);
  return { ...v1, v1, ds: { meta_data: metaData } };
}
