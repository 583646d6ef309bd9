// The namespace of the provider is deleted under a Ready node, and with it the CA, the signing key and the id of the
// installation: nothing is made anew in silence, and with the exported trust imported the host goes on as if nothing was.
import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { CA_SECRET, SYSTEM_NAMESPACE } from '../../../api/names.ts';
import { parseIdentity } from '../../../common/keys/identity.ts';
import { SECRETS } from '../../../common/kube/resources.ts';
import { writeWorkloadKubeconfig } from '../../../harness/cluster.ts';
import { runByo } from '../../../harness/hosts.ts';
import { kubectlOf } from '../../../harness/kubectl.ts';
import { kubeOf, readHost } from '../../../harness/machines.ts';
import { killProcess, restartProcess } from '../../../lab/processes.ts';
import { waitFor } from '../../../lab/wait.ts';
import { runOn } from '../../integration/host/run-on.ts';
import { readIdentity, spendCertificate, waitForRenewal } from '../../support/spent-certificate.ts';
import { openBench, type Bench } from './bench.ts';
import { waitForHostCondition, waitForMachineCondition } from './machine.ts';
import { applyOneNode, countKubeadm, deleteOneNode, say, waitForNode } from './one-node.ts';
import { takeWitness, type Witness } from './witness.ts';

const NAME = 'trust';
const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const PROGRAMS = ['byo-controller', 'byo-gateway'] as const;
const CA = { namespace: SYSTEM_NAMESPACE, name: CA_SECRET };
let bench: Bench;
let kubeconfig: string;
let before: Witness;
let identity: Awaited<ReturnType<typeof readIdentity>>;
let host: Awaited<ReturnType<typeof readHost>>;

beforeAll(async () => {
  bench = await openBench('host1');
});

const named = (certificate: string) => parseIdentity(new X509Certificate(certificate).subjectAltName);
const look = (): Promise<Witness> => takeWitness(bench.instance, kubeconfig, [bench.host]);
const kubectl = (args: string[]): Promise<string> => kubectlOf(bench.instance).run(args);
const apply = (...files: string[]) =>
  kubectl(['apply', ...files.flatMap((file) => ['-f', join(root, 'deploy', file)])]);

async function byoTrust(what: 'export' | 'import', ...more: string[]): Promise<string> {
  const { instance } = bench;
  const passphrase = join(instance.dir, 'passphrase');
  await writeFile(passphrase, 'correct horse battery\n', { mode: 0o600 });
  const file = join(instance.dir, 'a.trust');
  const said = await runByo(instance, ['trust', what, file, '--passphrase-file', passphrase, ...more]);
  say(`  byo trust ${what}: ${said.trim()}`);
  return said;
}

async function restart(): Promise<void> {
  for (const name of PROGRAMS) await killProcess(bench.instance.dir, name);
  for (const name of PROGRAMS) await restartProcess(bench.instance.dir, name);
}

test('a node is Ready, and the trust of its host is exported', async () => {
  await applyOneNode(bench, { name: NAME });
  await waitForNode(bench, NAME);
  kubeconfig = (await writeWorkloadKubeconfig(bench.instance, NAME)) ?? '';
  [before, identity, host] = [await look(), await readIdentity(bench), await readHost(bench.instance, 'host1')];
  expect(await byoTrust('export', '--force')).toContain('the trust of installation');
});

test('byo-system is deleted: programs that run say so, and go on with what they hold', async () => {
  await kubectl(['delete', 'namespace', SYSTEM_NAMESPACE, '--timeout=120s']);
  const { status, message } = await waitForHostCondition(bench, 'Connected', 'TrustLost');
  say(`  Connected ${status}: ${message}`);
  expect([status, message]).toEqual(['True', expect.stringContaining('byo trust import')]);
  expect(await look()).toEqual(before);
});

test('started again, they make no other CA; the host is cut off, and its node runs on', async () => {
  await apply('namespace', 'rbac.yaml');
  await restart();
  const probe = async () => {
    const { status } = await waitForHostCondition(bench, 'Connected', 'TrustLost');
    return status === 'True' ? 'it is still connected' : undefined;
  };
  await waitFor('the host to be silent', probe, { timeoutMs: 240_000, everyMs: 1000 });
  expect(await kubeOf(bench.instance).find(SECRETS, CA)).toBeUndefined();
  expect(await look()).toEqual(before);
});

test('the trust is imported: the host is connected again by what it has, and nothing is enrolled anew', async () => {
  expect(await byoTrust('import')).toContain('were made');
  await waitForHostCondition(bench, 'Connected', 'LeaseFresh');
  expect(await readIdentity(bench)).toEqual(identity);
  const { metadata, spec } = await readHost(bench.instance, 'host1');
  expect([metadata.uid, spec]).toEqual([host.metadata.uid, host.spec]);
  await waitForMachineCondition(bench, NAME, 'Ready', 'Provisioned');
  expect(await look()).toEqual(before);
  expect(await countKubeadm(bench, NAME)).toEqual({ began: 1, succeeded: 1 });
});

test('its next certificate is by the same CA for the same installation, and the next order is believed', async () => {
  const spent = await spendCertificate(bench, kubeOf(bench.instance));
  await runOn(bench.host, 'systemctl restart byo-agent');
  await waitForRenewal(bench, spent);
  const renewed = await readIdentity(bench);
  expect(named(renewed.certificate)).toEqual(named(identity.certificate));
  expect([renewed.authorities, renewed.signers]).toEqual([identity.authorities, identity.signers]);
  expect((await look()).nodes).toEqual(before.nodes);
  await deleteOneNode(bench, NAME);
});
