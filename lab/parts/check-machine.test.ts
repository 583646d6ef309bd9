import { expect, test } from 'vitest';
import { compareVersions, findObstacles, type Machine } from './check-machine.ts';

const good: Machine = {
  isRoot: true,
  architecture: 'x64',
  osRelease: 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n',
  nodeVersion: '24.21.0',
  go: 'go1.26.8\nlocal',
  neededGo: '1.26.8',
  filesystems: 'nodev\toverlay\n',
};

test('a Debian 12 machine with root, Node.js and Go carries the lab', () => {
  expect(findObstacles(good)).toEqual([]);
});

test.each<[string, Partial<Machine>, RegExp]>([
  ['a user', { isRoot: false }, /not root.*sudo/],
  ['another architecture', { architecture: 'riscv64' }, /riscv64.*amd64 or arm64/],
  ['Ubuntu', { osRelease: 'PRETTY_NAME="Ubuntu 24.04"\nID=ubuntu\nVERSION_ID="24.04"\n' }, /Ubuntu 24\.04.*Debian 12/],
  ['an old Debian', { osRelease: 'PRETTY_NAME="Debian 11"\nID=debian\nVERSION_ID="11"\n' }, /Debian 11.*Debian 12/],
  ['no os-release', { osRelease: undefined }, /unknown system/],
  ['an old Node.js', { nodeVersion: '18.20.1' }, /18\.20\.1 is too old.*20 or newer/],
  ['no Go', { go: undefined }, /Go was not found.*1\.26\.8/],
  ['an old Go', { go: 'go1.25.3\nauto' }, /Go 1\.25\.3 is too old/],
  ['a Go that may not fetch its patch release', { go: 'go1.26.1\nlocal' }, /Go 1\.26\.1 is too old/],
  ['a kernel without overlay', { filesystems: 'nodev\ttmpfs\n' }, /modprobe overlay/],
])('%s is one obstacle, with its remedy', (_what, change, sentence) => {
  const obstacles = findObstacles({ ...good, ...change });
  expect(obstacles).toHaveLength(1);
  expect(obstacles[0]).toMatch(sentence);
});

test('a Go 1.26 that may fetch toolchains will do', () => {
  expect(findObstacles({ ...good, go: 'go1.26.1\nauto' })).toEqual([]);
});

test('versions compare by number', () => {
  expect(compareVersions('1.9.0', '1.10.0')).toBeLessThan(0);
  expect(compareVersions('20', '20.0.0')).toBe(0);
  expect(compareVersions('24.1.0', '20')).toBeGreaterThan(0);
});
