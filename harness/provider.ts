// Our provider on the management plane: kinds, rights, the controller and the gateway as processes, each under its own
// service account's rights and no more.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { SERVER_NAMES } from '../api/gateway.ts';
import { SYSTEM_NAMESPACE, TRUST_CONFIG_MAP } from '../api/names.ts';
import { mintKubeconfig, startProcess, type Instance } from '../lab/index.ts';
import { requireRunning } from '../lab/processes.ts';
import { waitFor } from '../lab/wait.ts';
import { argumentsOf, type Program } from '../packaging/programs.ts';
import { kubectlOf } from './kubectl.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MANIFESTS = ['namespace', 'rbac.yaml', 'admission.yaml'];

/** A checkout whose kinds, rights and programs are taken, and how they are started. */
export type ProgramSource = {
  root: string;
  enrollmentOption: '--enrollment-listen' | '--enrolment-listen';
  argumentsOf: (program: Program) => Promise<string[]>;
};

const OURS: ProgramSource = {
  root,
  enrollmentOption: '--enrollment-listen',
  argumentsOf: (program) => argumentsOf(root, program),
};

const metrics = (port?: number): string[] => (port === undefined ? [] : ['--metrics-port', String(port)]);

/** `bundleDir`: the gateway serves it; `metricsPorts`: both programs serve their metrics there; `source`: ours when left out. */
export type ProviderOptions = {
  bundleDir?: string;
  metricsPorts?: { controller: number; gateway: number };
  source?: ProgramSource;
};

/** Installs kinds, rights and rules of admission, starts controller and gateway, and waits until hosts could enroll. */
export async function startProvider(instance: Instance, options: ProviderOptions = {}): Promise<void> {
  const { source = OURS } = options;
  await applyKinds(instance, source);
  const { door, temporal } = instance;
  const temporalAddress = ['--temporal-address', temporal.address];
  const enrollment = [source.enrollmentOption, door.enrollment, '--gateway-address', door.hosts];
  const { controller, gateway } = options.metricsPorts ?? {};
  const start = (program: Program, args: string[]) => startProgram(instance, source, { program, args });
  await start('controller', [...temporalAddress, ...enrollment, ...metrics(controller)]);
  const bundles = options.bundleDir === undefined ? [] : ['--bundles', options.bundleDir];
  const ways = ['--listen', door.listen, '--controller', door.enrollment];
  await start('gateway', [...temporalAddress, ...ways, ...bundles, ...metrics(gateway)]);
  await waitForGateway(instance);
}

/** Kinds, rights and rules, and nothing that runs. */
export async function applyKinds(instance: Instance, source = OURS): Promise<void> {
  const kubectl = kubectlOf(instance);
  const deploy = (file: string): string => join(source.root, 'deploy', file);
  await kubectl.run(['apply', '--server-side', '-f', deploy('crds')]);
  await kubectl.run(['wait', '--for=condition=Established', '--timeout=60s', '-f', deploy('crds')]);
  for (const file of MANIFESTS.map(deploy)) {
    if (existsSync(file)) await kubectl.run(['apply', '--server-side', '-f', file]);
  }
}

/** One of our programs with its own rights: an administrator that acts as its service account. */
async function startProgram(
  instance: Instance,
  source: ProgramSource,
  { program, args }: { program: Program; args: string[] },
): Promise<void> {
  const name = `byo-${program}`;
  const kubeconfig = join(instance.dir, `${program}.kubeconfig`);
  const account = `system:serviceaccount:${SYSTEM_NAMESPACE}:${name}`;
  const text = await mintKubeconfig(instance, { user: `byo-lab-${program}`, groups: ['system:masters'], as: account });
  await writeFile(kubeconfig, text, { mode: 0o600 });
  const argv = [process.execPath, ...(await source.argumentsOf(program)), '--kubeconfig', kubeconfig, ...args];
  await startProcess(instance, { name, argv, cwd: source.root });
}

/** What the controller has published of its CA: the certificates to trust. */
async function readAuthorities(instance: Instance): Promise<string> {
  const path = 'jsonpath={.data.ca\\.crt}';
  return kubectlOf(instance).run(['-n', SYSTEM_NAMESPACE, 'get', 'configmap', TRUST_CONFIG_MAP, '-o', path]);
}

/** A handshake with the gateway, checked as a host would: by the CA and by name. */
async function shakeHands(instance: Instance): Promise<string | undefined> {
  for (const program of ['byo-controller', 'byo-gateway']) requireRunning(instance.dir, program);
  const [host, port] = instance.door.listen.split(':');
  const ca = await readAuthorities(instance);
  const socket = connect({ host, port: Number(port), ca, servername: SERVER_NAMES.gateway, timeout: 5000 });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  socket.on('secureConnect', () => resolve(undefined));
  socket.on('error', (error) => resolve(error.message));
  socket.on('timeout', () => resolve('no answer'));
  return promise.finally(() => socket.destroy());
}

async function waitForGateway(instance: Instance): Promise<void> {
  await waitFor('the gateway', () => shakeHands(instance), { timeoutMs: 120_000, everyMs: 250 });
}
