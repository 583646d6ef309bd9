// Which hosts concern a machine, found without going through all of them: by the incarnation of the claim that a host carries,
// and by that of the claim that it works for.
import type { ByoHost } from '../../api/byo-host.ts';
import type { Change } from '../../common/kube/informer.ts';

export class HostIndex {
  readonly #names = new Map<string, Set<string>>();

  /** Keeps up with the cache: to be told of every change. */
  take({ before, after }: Change<ByoHost>): void {
    for (const key of keysOf(before)) this.#remove(key, before?.metadata.name ?? '');
    for (const key of keysOf(after)) this.#add(key, after?.metadata.name ?? '');
  }

  /** Names of the hosts in a namespace that concern the incarnation, as they were last heard of. */
  namesOf(namespace: string, incarnation: string): string[] {
    return [...(this.#names.get(keyOf(namespace, incarnation)) ?? [])].toSorted();
  }

  #add(key: string, name: string): void {
    const names = this.#names.get(key) ?? new Set();
    this.#names.set(key, names.add(name));
  }

  #remove(key: string, name: string): void {
    const names = this.#names.get(key);
    names?.delete(name);
    if (names?.size === 0) this.#names.delete(key);
  }
}

function keysOf(host: ByoHost | undefined): Set<string> {
  const claims = [host?.spec.claim, host?.status?.reported?.openClaim];
  return new Set(claims.flatMap((claim) => (claim ? keyOf(host?.metadata.namespace ?? '', claim.incarnation) : [])));
}

function keyOf(namespace: string, incarnation: string): string {
  return `${namespace}/${incarnation}`;
}
