import { expect, test } from 'vitest';
import { buildReport } from './host-reporter.ts';
import type { HostFacts } from '../inspect/host-facts.ts';

const facts: HostFacts = {
  hostname: 'a',
  machineID: 'm',
  osImage: 'x',
  osID: 'debian',
  kernel: '6',
  architecture: 'amd64',
  cgroup: 'v1',
  cpus: 1,
  memoryBytes: 1,
  network: [],
  foreignPaths: [],
  zoneContents: [],
  missingCommands: [],
  usedPorts: [],
  usrReadOnly: false,
  spaces: [],
  firewall: 'none',
  selinux: 'none',
};

test('what findings are decided by stays on the host', () => {
  const report = buildReport(facts, { agentVersion: '1', sealingKey: '{}', generation: 0 });
  expect(Object.keys(report)).not.toContain('spaces');
  expect(report.findings.map(({ code }) => code)).toEqual(['SystemdTooOld', 'GlibcTooOld']);
});

test('a report that the API server would refuse is not sent', () => {
  expect(() =>
    buildReport({ ...facts, hostname: 'a'.repeat(254) }, { agentVersion: '1', sealingKey: '{}', generation: 0 }),
  ).toThrow(/hostname/);
});
