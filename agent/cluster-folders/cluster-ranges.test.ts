import { afterEach, expect, test } from 'vitest';
import { closeWorlds, openWorld } from '../testing/step-world.ts';
import { createNoteFolders } from '../steps/reset/note-folders.ts';
import { NO_NOTES } from '../testing/step-world.ts';
import { listRanges, parseRanges } from './cluster-ranges.ts';

afterEach(closeWorlds);

test('ranges as kubeadm, flannel and CNI plugins write them; what is no range, or anybody’s, is left out', () => {
  const manager = '    - --allocate-node-cidrs=true\n    - --cluster-cidr=10.244.0.0/16,fd00:10::/48\n';
  expect(parseRanges(manager, 'manifest')).toEqual(['10.244.0.0/16', 'fd00:10::/48']);
  expect(parseRanges('    - --service-cluster-ip-range=10.96.0.0/12\n', 'manifest')).toEqual(['10.96.0.0/12']);
  const flannel = 'FLANNEL_NETWORK=10.42.0.0/16\nFLANNEL_SUBNET=10.42.1.1/24\nFLANNEL_IPV6_NETWORK=fd42::/56\n';
  expect(parseRanges(flannel, 'flannel')).toEqual(['10.42.0.0/16', 'fd42::/56']);
  expect(parseRanges('{"ranges": [[{"subnet": "10.1.2.0/24"}], [{"subnet": "0.0.0.0/0"}]]}', 'cni')).toEqual([
    '10.1.2.0/24',
  ]);
  expect(parseRanges('{"subnet": "usePodCidr"}', 'cni')).toEqual([]);
});

test('a reset notes them before their files go', async () => {
  const { host, context } = await openWorld('reset');
  await host.put('/run/flannel/subnet.env', 'FLANNEL_NETWORK=10.42.0.0/16\n');
  const noted = new Set<string>();
  const notes = {
    ...NO_NOTES,
    readBaseline: () => undefined,
    hasWorked: () => true,
    recordNote: (_claim: unknown, kind: string, { subject }: { subject: string }) =>
      void (kind === 'range' && noted.add(subject)),
    listNotes: (_claim: unknown, kind: string) =>
      kind === 'range' ? [...noted].map((subject) => ({ subject, note: '' })) : [],
  };
  const step = createNoteFolders(notes);
  const input = { skipEtcdMemberRemoval: true };
  expect(await step.look(context, input)).toBe(false);
  await step.act(context, input);
  expect(listRanges(notes, context.key)).toEqual(['10.42.0.0/16']);
  expect(await step.look(context, input)).toBe(true);
});
