// One real API server with our kinds for the controller suite: an instance of the lab without Cluster API's managers.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startInstance, stopInstance } from '../../lab/index.ts';
import { runChecked } from '../../lab/spawn.ts';
import { instanceNameOf } from './instance-name.ts';

const say = (line: string): void => void process.stdout.write(`  ${line}\n`);
const NAME = instanceNameOf('test-api');
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Started before the first test of the suite; BYO_TEST_KUBECONFIG is an administrator's kubeconfig. */
export default async function setup(): Promise<() => Promise<void>> {
  const instance = await startInstance({ name: NAME, hosts: 0, clusterApi: false, temporal: false, onProgress: say });
  const kubectl = [instance.parts.binary('kubectl'), '--kubeconfig', instance.kubeconfig];
  await runChecked([...kubectl, 'apply', '--server-side', '-f', join(root, 'deploy/crds')]);
  await runChecked([
    ...kubectl,
    'wait',
    '--for=condition=Established',
    '--timeout=60s',
    '-f',
    join(root, 'deploy/crds'),
  ]);
  process.env.BYO_TEST_KUBECONFIG = instance.kubeconfig;
  process.env.BYO_TEST_KUBECTL = instance.parts.binary('kubectl');
  return () => stopInstance(NAME, () => undefined);
}
