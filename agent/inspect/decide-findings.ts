// Whether a host may be claimed: each reason against it, with a remedy. Pure: the same facts give the same words.
import type { Finding } from '../../api/report/reported-host.ts';
import { printable } from '../../common/errors.ts';
import type { ZoneContent } from '../zones/read-content.ts';
import type { HostFacts } from './host-facts.ts';
import { nameForeign } from './probes.ts';

type Rule = (facts: HostFacts) => Finding | undefined;

const OLDEST_SYSTEMD = 239;
const OLDEST_GLIBC = '2.28';

// No number that changes by itself may stand in a message: a report that differs is a write to the API server.
const RULES: Rule[] = [
  ({ architecture }) =>
    architecture === 'other'
      ? {
          code: 'UnsupportedArchitecture',
          message: 'the CPU is neither amd64 nor arm64',
          remedy: 'Bring a host of one of these architectures',
        }
      : undefined,
  ({ systemd }) =>
    systemd === undefined || systemd < OLDEST_SYSTEMD
      ? {
          code: 'SystemdTooOld',
          message: `systemd is ${systemd ?? 'absent'}, ${OLDEST_SYSTEMD} is the oldest that will do`,
          remedy: 'Upgrade the distribution of this host',
        }
      : undefined,
  ({ glibc }) =>
    glibc === undefined || isOlder(glibc, OLDEST_GLIBC)
      ? {
          code: 'GlibcTooOld',
          message: `glibc is ${glibc ?? 'absent'}, ${OLDEST_GLIBC} is the oldest that will do`,
          remedy: 'Upgrade the distribution of this host',
        }
      : undefined,
  decideForeign,
  decideZoneContents,
  ({ missingCommands }) =>
    missingCommands.length > 0
      ? {
          code: 'CommandsMissing',
          message: `these commands are missing: ${missingCommands.join(', ')}`,
          remedy: 'Install the packages that hold them (util-linux, mount, iptables, iproute2, coreutils)',
        }
      : undefined,
  ({ usedPorts }) =>
    usedPorts.length > 0
      ? {
          code: 'PortsInUse',
          message: `something already listens on port ${usedPorts.join(' and ')}`,
          remedy: 'Stop what `ss -ltnp` shows there',
        }
      : undefined,
  ({ usrReadOnly }) =>
    usrReadOnly
      ? {
          code: 'ReadOnlyUsr',
          message: '/usr/local cannot be written: an image-based system, or mounted read-only',
          remedy: 'Remount it writable, or bring a host whose /usr/local is',
        }
      : undefined,
  decideSpace,
  ({ firewall }) =>
    firewall === 'closed'
      ? {
          code: 'FirewallClosed',
          message: 'firewalld is active and port 10250/tcp is closed',
          remedy:
            'Open 10250/tcp (control planes: 6443/tcp, 2379-2380/tcp too) and the ports of your pod network with firewall-cmd --permanent, reload, or stop firewalld',
        }
      : undefined,
];

/** Why the host cannot be claimed; empty when it can. */
export function decideFindings(facts: HostFacts): Finding[] {
  return RULES.map((rule) => rule(facts)).filter((finding) => finding !== undefined);
}

/** What a person should know and nothing need be refused for. */
export function decideNotes(facts: HostFacts): string[] {
  const notes: string[] = [];
  if (facts.selinux === 'enforcing') notes.push('SELinux is enforcing: installed files get the labels of its policy');
  if (facts.timeSynchronized === false)
    notes.push('The clock is not synchronized: set up chrony or systemd-timesyncd (`timedatectl set-ntp true`)');
  if (facts.firewall === 'open') notes.push('firewalld is active with 10250/tcp open: it stays as it is');
  const kept = facts.zoneContents.filter(({ isKept }) => isKept).map(({ zone }) => zone);
  if (kept.length > 0) notes.push(`Accepted by the owner, and left as it is: what stands in ${kept.join(', ')}`);
  return notes;
}

function decideForeign({ foreignPaths }: HostFacts): Finding | undefined {
  if (foreignPaths.length === 0) return undefined;
  const names = [...new Set(foreignPaths.map(nameForeign))].join(', ');
  return {
    code: 'ForeignSoftware',
    message: `${names} lives here already: ${foreignPaths.slice(0, 8).join(', ')}`,
    remedy: 'Uninstall it with its own tool, or bring another host; nothing of it was touched',
  };
}

function decideSpace({ spaces }: HostFacts): Finding | undefined {
  const full = spaces.filter(({ freeBytes, leastBytes }) => freeBytes < leastBytes);
  if (full.length === 0) return undefined;
  const places = full.map(({ mount, leastBytes, what }) => {
    return `less than ${leastBytes / 1024 ** 3} GiB are free on ${printable(mount, 200)}, for ${what.join(' and ')}`;
  });
  return {
    code: 'DiskSpaceLow',
    message: places.join('; '),
    remedy: 'Free space there or enlarge the file system; a folder may also be a link to another disk',
  };
}

/** A reset would have to tell this from what a cluster put there, so its owner speaks first. */
function decideZoneContents({ zoneContents }: HostFacts): Finding | undefined {
  const others = zoneContents.filter(({ isKept }) => !isKept);
  if (others.length === 0) return undefined;
  return {
    code: 'ZoneNotEmpty',
    message: printable(`there is something where a node keeps its own files: ${others.map(describeZone).join('; ')}`),
    remedy:
      'Move it away or delete it; or say on the host `byo-agent accept-zone PATH --keep` (it stays as it is) or --delete (it may go). Nothing of it was touched',
  };
}

function describeZone({ zone, examples }: ZoneContent): string {
  return `${zone} (${printable(examples.map((example) => printable(example, 100)).join(', '), 220)})`;
}

/** Compares by major and minor number. */
function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = than.split('.').map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
