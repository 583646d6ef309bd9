// The servers of the bundle suite: real ones out of Debian's packages, built into the lab's cache once.
import { ensureParts } from '../../lab/parts/index.ts';

const say = (line: string): void => void process.stdout.write(`  ${line}\n`);

/** Before the first test of the suite; BYO_TEST_NGINX and BYO_TEST_REGISTRY are their binaries. */
export default async function setup(): Promise<void> {
  const parts = await ensureParts({ only: ['debian-servers'], onProgress: say });
  process.env.BYO_TEST_NGINX = parts.binary('nginx');
  process.env.BYO_TEST_REGISTRY = parts.binary('docker-registry');
}
