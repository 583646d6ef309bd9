// resourceVersions of our objects, to notice a controller that writes while nothing happens.
import type { Instance } from '../../lab/index.ts';
import { getAll } from './cluster-view.ts';

/** `kind/name` → resourceVersion of every ByoCluster, ByoMachine and ByoHost. */
export async function snapshotVersions(instance: Instance): Promise<Record<string, string>> {
  const kinds = ['byoclusters', 'byomachines', 'byohosts'];
  const lists = await Promise.all(kinds.map(async (kind) => ({ kind, objects: await getAll(instance, kind) })));
  return Object.fromEntries(
    lists.flatMap(({ kind, objects }) =>
      objects.map(({ metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion]),
    ),
  );
}
