// A second identity on a host of the world: the real agent's command line with folders of its own, so that what enrollment and
// renewal do can be tried without giving up the host itself.
import type { HostHandle } from '../../lab/index.ts';
import { runOn } from '../integration/host/run-on.ts';
import type { Invitation } from '../../harness/hosts.ts';

export type Second = { host: HostHandle; folder: string; config: string; state: string; token: string };

/** Folders for it; `name` is part of their names. */
export async function makeSecond(host: HostHandle, name: string, token: string): Promise<Second> {
  const folder = `/root/${name}`;
  const second = { host, folder, config: `${folder}/config.yaml`, state: `${folder}/state`, token: `${folder}/token` };
  await runOn(
    host,
    `rm -rf ${folder} && mkdir -m 0700 ${folder} && echo 'stateDir: ${second.state}' > ${second.config}`,
  );
  await host.exec(['sh', '-c', `umask 077; cat > ${second.token}`], { input: token });
  return second;
}

export const forgetSecond = ({ host, folder }: Second): Promise<string> => runOn(host, `rm -rf ${folder}`);

/** `byo-agent enroll`, ended after so many seconds when it is still trying. */
export async function enrollSecond(second: Second, way: Pick<Invitation, 'gateway' | 'caPin'>, seconds = 30) {
  const { host, folder, config, token } = second;
  const args = ['--gateway', way.gateway, '--ca-pin', way.caPin, '--token-file', token, '--config', config];
  // Its process id is kept, so that a test can end it by that.
  const run = 'echo $$ > "$0"; exec timeout -s INT "$@"';
  return host.exec(['sh', '-c', run, `${folder}/pid`, String(seconds), 'byo-agent', 'enroll', ...args]);
}

export const isEnrolled = async ({ host, state }: Second): Promise<boolean> =>
  (await host.exec(['test', '-e', `${state}/identity.json`])).exitCode === 0;

/** Ends an enrollment that is still trying, as Ctrl-C would. */
export const interrupt = ({ host, folder }: Second): Promise<string> => runOn(host, `kill -INT "$(cat ${folder}/pid)"`);
