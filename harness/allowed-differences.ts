// What may differ between a host before its first claim and after its release, and why: docs/clean-hosts.md has the same words.
import type { AllowedDifference } from './compare-snapshots.ts';

const COUNTERS =
  /^(fs\.(dentry-state|file-nr|inode-nr|inode-state|aio-nr|quota\.\w+)|kernel\.(ns_last_pid|pty\.nr|random\.(uuid|entropy_avail))|net\.netfilter\.nf_conntrack_count)$/;
const WHOLE_KERNEL =
  /^(kernel\.(panic|panic_on_oops|keys\.root_max(keys|bytes))|vm\.(overcommit_memory|panic_on_oom)|net\.netfilter\.nf_conntrack_(max|buckets|expect_max)|net\.nf_conntrack_max)$/;
/** Chains that the kernel has by itself, as iptables-save and nft tell them. */
const EMPTY_CHAIN =
  /^(ip6?tables(-legacy)? \w+ :[A-Z]+ ACCEPT|nft table ip6? (filter|nat|mangle|raw|security) chain [A-Z]+( type .* policy accept;)?)$/;

export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [
  {
    kind: 'file',
    keys: /^\/var\/log\/(?!(pods|containers)(\/|$))/,
    why: 'The machine keeps its own logs; those of pods are not among them.',
  },
  {
    kind: 'file',
    keys: /^\/var\/(lib\/systemd\/|tmp\/systemd-private-)/,
    why: 'systemd keeps time stamps, its random seed, and a private folder for a service while that runs.',
  },
  {
    kind: 'file',
    keys: /^\/var\/lib\/apt\/daily_lock$/,
    changes: ['came'],
    why: 'Debian’s own daily timer (apt-daily) makes it when it first comes up.',
  },
  {
    kind: 'file',
    keys: /^\/var\/lib\/(containerd|kubelet)$/,
    changes: ['changed'],
    why: 'containerd and the kubelet close their state folder to others; where it is a disk of its own, mounted before the claim, it stays, empty and closed.',
  },
  { kind: 'sysctl', keys: COUNTERS, why: 'These are counters of the kernel, not settings.' },
  {
    kind: 'sysctl',
    keys: WHOLE_KERNEL,
    why: 'These settings belong to the whole kernel, which the hosts of the lab share: the kubelet of a neighbour sets them too.',
  },
  {
    kind: 'rule',
    keys: EMPTY_CHAIN,
    changes: ['came'],
    why: 'A built-in chain that is empty and accepts lets through what passed without it; the kernel shows it once anybody has looked for rules there.',
  },
  {
    kind: 'unit',
    keys: /^network-online\.target$/,
    why: 'A target is a milestone of the boot: the kubelet asked for it, nothing runs.',
  },
  {
    kind: 'unit',
    keys: /^systemd-(timedated|hostnamed|localed|tmpfiles-clean)\.service$/,
    why: 'D-Bus starts these when somebody asks for the time or the name, and they end by themselves; timers do the same.',
  },
  {
    kind: 'process',
    keys: /^systemd-(timedat|hostnam|localed|tmpfile)$/,
    why: 'The same services, seen as processes.',
  },
  {
    kind: 'module',
    keys: /./,
    changes: ['came'],
    why: 'Rules and mounts of anybody load modules into the kernel, and the hosts of the lab share one.',
  },
];
