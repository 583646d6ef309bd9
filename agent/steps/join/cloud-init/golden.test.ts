// Documents as the kubeadm bootstrap provider writes them, with dummy material, against the plans kept beside them.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { BootstrapPlan } from './bootstrap-plan.ts';
import { parseBootstrapDocument } from './parse-bootstrap-document.ts';

const metadata = {
  localHostname: 'host-1',
  instanceId: '7f2c1c52-3',
  localIpv4: '10.88.7.11',
  availabilityZone: 'hall-2',
  providerId: 'byoh://7f2c1c52/3',
};

/** One text a person can compare with the document; JSON strings show every byte of the contents. */
function describePlan(plan: BootstrapPlan): string {
  const files = plan.files.map(({ path, owner, permissions, append, content }) => {
    const lines = content.toString().split(/(?<=\n)/);
    const head = `${path} ${owner} ${permissions.toString(8)}${append ? ' append' : ''}`;
    return [head, ...lines.map((line) => `  ${JSON.stringify(line)}`)].join('\n');
  });
  const scripts = [`== boot\n${plan.bootScript ?? ''}`, `== run\n${plan.runScript}`];
  return [...files, ...scripts, `== warnings ${plan.warnings.join('; ')}\n`].join('\n');
}

test.each(['init', 'control-plane-join', 'worker-join'])('%s is planned as cloud-init would do it', async (name) => {
  const document = await readFile(new URL(`testdata/${name}.cloud-config`, import.meta.url));
  const plan = parseBootstrapDocument({ format: 'cloud-config', document, metadata, defaultNetworkInterface: 'eth0' });
  await expect(describePlan(plan)).toMatchFileSnapshot(`testdata/${name}.plan`);
});

test('a host without a failure domain leaves the guarded part of the join out', async () => {
  const document = await readFile(new URL('testdata/worker-join.cloud-config', import.meta.url));
  const { availabilityZone: _, ...bare } = metadata;
  const [join] = parseBootstrapDocument({ document, metadata: bare }).files;
  expect(join?.content.toString()).toContain('nodeRegistration:\n');
  expect(join?.content.toString()).not.toContain('kubeletExtraArgs');
});
