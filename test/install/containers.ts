// The images of a release as a kubelet runs them: read-only, as nobody, with no capability; on the network of this machine.
import { join } from 'node:path';
import { cacheFolder, podmanEnvironment } from '../../lab/parts/index.ts';
import { runCommand, type CommandResult } from '../../lab/spawn.ts';

/** The lab's machine may not raise limits: none is asked for. */
const RESTRICTED = [
  '--network=host',
  '--read-only',
  '--read-only-tmpfs=false',
  '--cap-drop=all',
  '--security-opt=no-new-privileges',
  '--ulimit=nofile=10000:10000',
  '--ulimit=nproc=20000:20000',
];

const env = podmanEnvironment(cacheFolder());
const podman = (...args: string[]): Promise<CommandResult> =>
  runCommand(['podman', '--runtime', 'runc', ...args], { env, timeoutMs: 120_000 });

/** Takes the images of a release in; answers how each is called. */
export async function loadImages(output: string, version: string): Promise<string[]> {
  const said: string[] = [];
  for (const name of ['controller', 'gateway', 'temporal']) {
    const { stdout, stderr } = await podman('load', '-q', '-i', join(output, `byo-${name}-${version}.oci.tar`));
    said.push(stdout.trim() || stderr.trim());
  }
  return said;
}

/** To its end. */
export const runOnce = (image: string, ...args: string[]): Promise<CommandResult> =>
  podman('run', '--rm', ...RESTRICTED, image, ...args);

/** `options` are podman's. */
export async function startContainer(name: string, image: string, options: string[], args: string[]): Promise<void> {
  const { exitCode, stderr } = await podman('run', '-d', '--name', name, ...RESTRICTED, ...options, image, ...args);
  if (exitCode !== 0) throw new Error(`${name} does not start: ${stderr}`);
}

export const logsOf = async (name: string): Promise<string> => {
  const { stdout, stderr } = await podman('logs', name);
  return stdout + stderr;
};

export const removeContainers = (names: readonly string[]): Promise<CommandResult> =>
  podman('rm', '-f', '-v', '-t', '2', '--ignore', ...names);
export const removeImages = (names: readonly string[]): Promise<CommandResult> => podman('rmi', '-f', ...names);
