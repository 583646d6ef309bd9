// A host whose agent meets something at every write of its journal: what is put on it, taken off again, and answered.
import { join } from 'node:path';
import type { HostHandle } from '../../../lab/index.ts';

/** `points`: which of `before …` and `after …` count (test/faults/every-write/name-write.ts has the names). */
export type Orders = { deed: 'kill' | 'ask'; points: RegExp };

/** Done once for each point; `goOn` lets the agent go on, which waits in the point until then. */
export type Deed = (point: string, goOn: () => Promise<void>) => Promise<void>;

/** Where everything of the test stands on the host, but for the drop-in of the agent's unit. */
const TEST_FOLDER = '/opt/byo-every-write';
const DROP_IN = '/etc/systemd/system/byo-agent.service.d';
/** Hundreds of starts in a row: the pause of two seconds that the unit makes between them would be most of the time. */
const UNIT = `[Service]
Environment=NODE_OPTIONS=--import=${TEST_FOLDER}/at-every-write.ts
RestartSec=100ms
`;

/** To be called before the host is claimed, so that its baseline has it; what happened earlier is forgotten. */
export async function armHost(host: HostHandle, { deed, points }: Orders): Promise<void> {
  await runOn(host, `rm -rf ${TEST_FOLDER}; mkdir -p ${TEST_FOLDER} ${DROP_IN}`);
  for (const name of ['at-every-write.ts', 'name-write.ts']) {
    await host.copyIn(join(import.meta.dirname, name), `${TEST_FOLDER}/${name}`);
  }
  await write(host, `${TEST_FOLDER}/package.json`, '{"type":"module"}');
  await write(host, `${TEST_FOLDER}/orders.json`, JSON.stringify({ deed, points: points.source }));
  await write(host, `${DROP_IN}/every-write.conf`, UNIT);
  await runOn(
    host,
    `cd ${TEST_FOLDER}; : > points; echo 0 > done; systemctl daemon-reload; systemctl restart byo-agent`,
  );
}

/** The agent is as it was, and nothing of the test is left on the host. */
export async function disarmHost(host: HostHandle): Promise<void> {
  await runOn(host, `rm -rf ${TEST_FOLDER} ${DROP_IN}; systemctl daemon-reload; systemctl restart byo-agent`);
}

/** The points that have been met, in their order. */
export async function readPoints(host: HostHandle): Promise<string[]> {
  return (await runOn(host, `cat ${TEST_FOLDER}/points`)).split('\n').filter(Boolean);
}

/** Prints a line when nothing waits within some seconds, and fails while the host is off. */
const NEXT = `cd ${TEST_FOLDER}; for i in $(seq 100); do
  if [ "$(wc -l < points)" -gt "$(cat done)" ]; then sed -n "$(($(cat done) + 1))p" points; exit; fi; sleep 0.05
done; echo`;

/** Carries the deed out at every point that the host meets, until the signal aborts. */
export async function answerPoints(host: HostHandle, deed: Deed, signal: AbortSignal): Promise<void> {
  const count = async (): Promise<void> =>
    void (await runOn(host, `cd ${TEST_FOLDER}; echo $(($(cat done) + 1)) > done.new; mv done.new done`));
  const next = async (): Promise<string> => (signal.aborted ? '' : (await runOn(host, NEXT)).trim());
  while (!signal.aborted) {
    const point = await next();
    if (point !== '') await deed(point, count);
  }
}

async function write(host: HostHandle, path: string, content: string): Promise<void> {
  await runOn(host, `cat > ${path}`, content);
}

/** @throws Error with what the host said */
async function runOn(host: HostHandle, script: string, input?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await host.exec(['sh', '-ec', script], input === undefined ? {} : { input });
  if (exitCode !== 0) throw new Error(`on ${host.name}: ${script.slice(0, 80)}: ${stderr}`);
  return stdout;
}
