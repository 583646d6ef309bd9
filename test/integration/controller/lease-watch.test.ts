// Which Leases the controller hears of: those of hosts, in whatever namespace, and none of a cluster's Nodes.
import { beforeAll, expect, test } from 'vitest';
import { leaseNameOf } from '../../../api/names.ts';
import { startInformer } from '../../../common/kube/informer.ts';
import { LEASES } from '../../../common/kube/resources.ts';
import { createLogger } from '../../../common/log.ts';
import { startWatching } from '../../../controller/runtime/watch.ts';
import { until } from '../../support/until.ts';
import { admin, newNamespace, ours, prepareServer } from './fixtures.ts';

const NODES = 'kube-node-lease';
const log = createLogger('test', 'silent');
const silent = (): void => undefined;
const announce = { cluster: silent, machine: silent, host: silent, enrollment: silent };

beforeAll(prepareServer);

async function renew(namespace: string, name: string): Promise<void> {
  await admin.create(LEASES, { metadata: { name }, spec: { holderIdentity: name } }, namespace);
}

test('D11: a Lease of a Node is neither listed nor watched, that of a host in any namespace is', async () => {
  const heard: string[] = [];
  const namespace = await newNamespace();
  await renew(NODES, 'listed-node');
  await renew(namespace, leaseNameOf('listed'));
  const onLease = ({ key }: { key: { name: string } }): void => void heard.push(key.name);
  const watched = startWatching(ours(), { log, announce, onLease });
  // Hears of all of them, so that what the other is silent about is known to have come.
  const every = startInformer(admin, LEASES, { log, onChange: silent });
  try {
    await Promise.all([watched.leases.synced, every.synced]);
    await renew(NODES, 'watched-node');
    await renew(namespace, leaseNameOf('watched'));
    await until(() => expect(every.list(NODES).map(({ metadata }) => metadata.name)).toContain('watched-node'));
    await until(() => expect(heard).toContain(leaseNameOf('watched')));
    expect(heard).toEqual(expect.arrayContaining([leaseNameOf('listed'), leaseNameOf('watched')]));
    expect(heard.filter((name) => name.endsWith('-node'))).toEqual([]);
    expect(watched.leases.list(NODES)).toEqual([]);
  } finally {
    watched.stop();
    every.stop();
  }
});
