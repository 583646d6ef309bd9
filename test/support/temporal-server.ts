// One real Temporal server for the workflow suite: an instance of the lab with nothing else in it.
import { startInstance, stopInstance } from '../../lab/index.ts';
import { instanceNameOf } from './instance-name.ts';

const say = (line: string): void => void process.stdout.write(`  ${line}\n`);
const NAME = instanceNameOf('test-temporal');

/** Started before the first test of the suite, ended after the last; its address is in BYO_TEST_TEMPORAL. */
export default async function setup(): Promise<() => Promise<void>> {
  const instance = await startInstance({ name: NAME, hosts: 0, controlPlane: false, onProgress: say });
  process.env.BYO_TEST_TEMPORAL = instance.temporal.address;
  return () => stopInstance(NAME, () => undefined);
}
