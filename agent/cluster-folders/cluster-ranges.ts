// The addresses of the cluster's pods and services, as its own files on this machine say them: by these a route or a rule is
// known for the cluster's that bears no name. Noted in the journal, since a reset takes the files away.
import type { Host } from '../host/host.ts';
import { readSmallFile } from '../host/read-small-file.ts';
import type { Claim } from '../journal/claims.ts';
import { parseRange } from '../linux/ranges.ts';
import type { ClusterNotes } from './folder-notes.ts';

const RANGE = 'range';
/** A folder of configurations is not everybody's to fill without end. */
const MOST = 32;

const CIDR = /[0-9A-Fa-f:.]+\/\d{1,3}/g;
const FLAGS = /--(?:cluster-cidr|service-cluster-ip-range)[= ]["']?([0-9A-Fa-f:.,/]+)/g;
const NETWORKS = /^FLANNEL_(?:IPV6_)?NETWORK=(\S+)/gm;
const SUBNETS = /"subnet"\s*:\s*"([^"]+)"/g;

/** What kubeadm, flannel and the configuration of CNI plugins say; `from`: which of them. Pure. */
export function parseRanges(text: string, from: 'manifest' | 'flannel' | 'cni'): string[] {
  const pattern = { manifest: FLAGS, flannel: NETWORKS, cni: SUBNETS }[from];
  const found = [...text.matchAll(pattern)].flatMap(([, value = '']) => value.match(CIDR) ?? []);
  return found.filter((range) => parseRange(range) !== undefined);
}

const FILES = [
  ['/etc/kubernetes/manifests/kube-controller-manager.yaml', 'manifest'],
  ['/etc/kubernetes/manifests/kube-apiserver.yaml', 'manifest'],
  ['/run/flannel/subnet.env', 'flannel'],
] as const;
const CNI = '/etc/cni/net.d';

export function listRanges(notes: ClusterNotes, claim: Claim): string[] {
  return notes.listNotes(claim, RANGE).map(({ subject }) => subject);
}

export function recordRanges(notes: ClusterNotes, claim: Claim, ranges: readonly string[]): void {
  for (const subject of ranges) notes.recordNote(claim, RANGE, { subject, note: '' });
}

/** What the files say now, and no note yet. */
export async function findUnnotedRanges(host: Host, notes: ClusterNotes, claim: Claim): Promise<string[]> {
  const known = new Set(listRanges(notes, claim));
  const found = new Set<string>();
  for (const [path, from] of FILES) for (const range of await read(host, path, from)) found.add(range);
  for (const name of (await host.list(CNI)).slice(0, MOST))
    for (const range of await read(host, `${CNI}/${name}`, 'cni')) found.add(range);
  return [...found].filter((range) => !known.has(range)).slice(0, MOST - known.size);
}

async function read(host: Host, path: string, from: 'manifest' | 'flannel' | 'cni'): Promise<string[]> {
  return parseRanges((await readSmallFile(host, path)) ?? '', from);
}
