import { expect, test } from 'vitest';
import { createFakeHost } from '../host/fake-host.ts';
import { listServers, readKubeconfigEndpoints } from './read-kubeconfigs.ts';

const kubeconfig = (server: string) => `apiVersion: v1
kind: Config
clusters:
- name: c
  cluster: {certificate-authority-data: eA==, server: "${server}"}
users:
- name: u
  user: {exec: {command: /bin/sh, args: [-c, 'exit 1']}, client-certificate: /etc/shadow}
`;

test.each([
  ['an address', kubeconfig('https://192.0.2.100:6443'), ['192.0.2.100']],
  ['an IPv6 address', kubeconfig('https://[2001:db8::64]:6443/x'), ['2001:db8::64']],
  ['a name', kubeconfig('https://api.example:443'), ['api.example']],
  ['no server', kubeconfig(''), []],
  ['a server that is no URL', kubeconfig('//nowhere'), []],
  ['no kubeconfig', 'clusters: {a: b}', []],
  ['no mapping', '- a', []],
  ['no YAML', '\t{', []],
  ['a bomb', `a: &a [x, x]\nb: &b [*a, *a]\nc: ${'['.repeat(40)}${']'.repeat(40)}`, []],
])('%s', (_name, text, servers) => {
  expect(listServers(text)).toEqual(servers);
});

test('every kubeconfig with the endpoint counts, and a link is not followed', async () => {
  const host = await createFakeHost();
  await host.put('/etc/kubernetes/kubelet.conf', kubeconfig('https://192.0.2.11:6443'));
  await host.put('/etc/kubernetes/admin.conf', kubeconfig('https://api.example:6443'));
  await host.put('/etc/kubernetes/scheduler.conf', kubeconfig('https://192.0.2.99:6443'));
  expect(await readKubeconfigEndpoints(host)).toEqual(['192.0.2.11', 'api.example']);
  await host.remove();
});
