// A kubeconfig that a tenant wrote: what it may not say, anywhere in it, before anything is opened or started.
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { ByoError } from '../errors.ts';
import { connect } from './connect.ts';
import { parseForeignKubeconfig } from './foreign-kubeconfig.ts';

const SERVER = 'https://192.0.2.7:6443';
const DATA = Buffer.from('-----BEGIN').toString('base64');

type Extra = { user?: object; cluster?: object; context?: object; root?: object };

const add = (more: object | undefined, times: number): object => (times ? (more ?? {}) : {});

/** As the kubeadm control plane provider writes it, and a second entry of each kind that is not current. */
function kubeconfig({ user, cluster, context, root }: Extra, where: 'current' | 'other' = 'current'): string {
  const own = { 'client-certificate-data': DATA, 'client-key-data': DATA };
  const at = { server: SERVER, 'certificate-authority-data': DATA };
  const [here, there] = where === 'current' ? [1, 0] : [0, 1];
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    'current-context': 'admin@c',
    clusters: [
      { name: 'c', cluster: { ...at, ...add(cluster, here) } },
      { name: 'other', cluster: { ...at, ...add(cluster, there) } },
    ],
    users: [
      { name: 'admin', user: { ...own, ...add(user, here) } },
      { name: 'other', user: { token: 'abc', ...add(user, there) } },
    ],
    contexts: [
      { name: 'admin@c', context: { cluster: 'c', user: 'admin', ...add(context, here) } },
      { name: 'other', context: { cluster: 'other', user: 'other', ...add(context, there) } },
    ],
    ...root,
  });
}

function refusalOf(text: string): ByoError | undefined {
  try {
    connect({ text });
  } catch (error) {
    if (error instanceof ByoError) return error;
    throw error;
  }
  return undefined;
}

afterEach(() => {
  vi.restoreAllMocks();
});

function watchMachine(): () => number {
  const spies = [
    vi.spyOn(fs, 'readFileSync'),
    vi.spyOn(fs, 'openSync'),
    vi.spyOn(fs, 'readFile'),
    vi.spyOn(fs.promises, 'readFile'),
    vi.spyOn(childProcess, 'spawn'),
    vi.spyOn(childProcess, 'spawnSync'),
    vi.spyOn(childProcess, 'execFileSync'),
  ];
  return () => spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
}

const FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const REFUSED: [string, Extra][] = [
  ['token-file', { user: { 'token-file': FILE } }],
  ['tokenFile', { user: { tokenFile: FILE } }],
  ['client-certificate', { user: { 'client-certificate': FILE } }],
  ['client-key', { user: { 'client-key': FILE } }],
  ['exec', { user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'id' } } }],
  ['auth-provider', { user: { 'auth-provider': { name: 'gcp', config: { 'cmd-path': 'id' } } } }],
  ['as', { user: { as: 'system:admin' } }],
  ['as-groups', { user: { 'as-groups': ['system:masters'] } }],
  ['username', { user: { username: 'a', password: 'b' } }],
  ['certificate-authority', { cluster: { 'certificate-authority': FILE } }],
  ['proxy-url', { cluster: { 'proxy-url': 'http://192.0.2.9:3128' } }],
  ['insecure-skip-tls-verify', { cluster: { 'insecure-skip-tls-verify': true } }],
  ['extensions', { context: { extensions: [] } }],
];

test.each(['current', 'other'] as const)(
  'what names a file, a program or a way is refused in any entry: %s',
  (where) => {
    const touched = watchMachine();
    for (const [key, extra] of REFUSED) {
      const refusal = refusalOf(kubeconfig(extra, where));
      expect([key, refusal?.reason, refusal?.retryable]).toEqual([key, 'Untrusted', false]);
      expect(refusal?.message).toContain(`has ${key}`);
    }
    expect(touched()).toBe(0);
  },
);

test.each([
  ['http', { cluster: { server: 'http://192.0.2.7' } }],
  ['a password', { cluster: { server: 'https://a:b@192.0.2.7' } }],
  ['a query', { cluster: { server: 'https://192.0.2.7/?x=' } }],
  ['a file', { cluster: { server: 'file:///etc/passwd' } }],
  ['a socket', { cluster: { server: 'unix:///run/containerd/containerd.sock' } }],
  ['a line', { user: { token: 'a\r\nImpersonate-User: b' } }],
  ['no text', { user: { token: 7 } }],
  ['no context', { root: { 'current-context': 'nowhere' } }],
  ['preferences', { root: { preferences: { colors: true } } }],
] satisfies [string, Extra][])('a server is HTTPS and nothing else, a token is a word: not %s', (_, extra) => {
  expect(refusalOf(kubeconfig(extra))?.reason).toBe('Untrusted');
});

test.each([
  ['an anchor', kubeconfig({}).replace('token: abc', 'token: &a abc')],
  ['an alias', kubeconfig({}).replace('token: abc', 'token: *a')],
  ['a tag', kubeconfig({}).replace('token: abc', 'token: !!str abc')],
  ['a directive', `%YAML 1.1\n---\n${kubeconfig({})}`],
  ['a merge', kubeconfig({}).replace('token: abc', 'token: abc\n      <<: {exec: {command: id}}')],
  ['two documents', `${kubeconfig({})}\n---\n${kubeconfig({})}`],
  ['a key twice', kubeconfig({}).replace('token: abc', 'token: abc\n      token: def')],
  ['much', `${kubeconfig({})}\n# ${'x'.repeat(200_000)}`],
  ['many tokens', `${kubeconfig({})}\nx: [${'1,'.repeat(10_000)}]`],
  ['depth', '['.repeat(3000)],
  ['nothing', ''],
  ['no mapping', '- a'],
])('YAML says what stands in it: not %s', (_, text) => {
  const begun = process.cpuUsage();
  expect(refusalOf(text)?.reason).toBe('Untrusted');
  // Work, not time: a machine that is busy makes nothing slower here.
  const { user, system } = process.cpuUsage(begun);
  expect((user + system) / 1000).toBeLessThan(2000);
});

test('what a control plane provider writes is taken, and the words of the refused are never told', () => {
  expect(parseForeignKubeconfig(kubeconfig({ cluster: { 'tls-server-name': 'kubernetes' } }))).toEqual({
    cluster: { name: 'c', server: SERVER, skipTLSVerify: false, caData: DATA, tlsServerName: 'kubernetes' },
    user: { name: 'admin', certData: DATA, keyData: DATA },
  });
  const token = parseForeignKubeconfig(kubeconfig({ root: { 'current-context': 'other' } }));
  expect(token.user).toEqual({ name: 'other', token: 'abc' });
  expect(refusalOf(kubeconfig({ user: { token: 'se\ncret' } }))?.message).not.toContain('secret');
});
