// Where a secret could be on machines: command lines and environments while something runs, and disks afterwards.
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { HostHandle } from '../../../lab/index.ts';
import { formsOf, type Haystack } from './search.ts';

const EVERY_MS = 1000;

/** Texts by where they were first seen, and the command line that a process had when one last looked. */
type Seen = { texts: Map<string, string>; commands: Map<string, string> };

/** Notes command line and environment of every process of this machine, those on its hosts included, until it is stopped. */
export function watchProcesses(): { stop(): Promise<Haystack[]> } {
  const seen: Seen = { texts: new Map(), commands: new Map() };
  const ended = new AbortController();
  const watching = (async () => {
    while (!ended.signal.aborted) {
      await notePresent(seen);
      await delay(EVERY_MS, undefined, { signal: ended.signal }).catch(() => 'it was stopped');
    }
    await notePresent(seen);
  })();
  return {
    stop: async () => {
      ended.abort();
      await watching;
      return [...seen.texts].map(([text, where]) => ({ where, content: Buffer.from(text, 'latin1') }));
    },
  };
}

/** Processes end while one looks. */
const read = (path: string): Promise<string> => readFile(path, 'latin1').catch(() => '');

async function notePresent({ texts, commands }: Seen): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await read(`/proc/${pid}/cmdline`);
    // Both change together, by exec; the kernel's own threads have neither.
    if (command === '' || commands.get(pid) === command) continue;
    commands.set(pid, command);
    for (const [file, text] of [
      ['cmdline', command] as const,
      ['environ', await read(`/proc/${pid}/environ`)] as const,
    ]) {
      if (!texts.has(text)) texts.set(text, `/proc/${pid}/${file} ${text.slice(0, 60)}`);
    }
  }
}

/** Root, and the volumes on which containerd and the kubelet keep what they have. */
const DISKS = ['/', '/var/lib/containerd', '/var/lib/kubelet'];

/** Reads what to look for from standard input and keeps it on tmpfs: neither an argument nor a file of the disk. */
const SEARCH = `set -eu
umask 077
patterns=$(mktemp /run/canaries.XXXXXX)
trap 'rm -f "$patterns"' EXIT
cat > "$patterns"
find "$@" -xdev -type f -size -400M -print0 | LC_ALL=C xargs -0 grep -laF -f "$patterns" -- || [ $? -eq 123 ]`;

/** Every file on the disks of a host that holds one of the secrets in some form; tmpfs is no disk. */
export async function searchDisks(host: HostHandle, secrets: string[]): Promise<string[]> {
  const patterns = secrets.flatMap((secret) => formsOf(secret).map((form) => form.toString('latin1')));
  if (patterns.length === 0) throw new Error('there is nothing to look for');
  const input = `${patterns.join('\n')}\n`;
  const { exitCode, stdout, stderr } = await host.exec(['sh', '-c', SEARCH, 'search', ...DISKS], { input });
  if (exitCode !== 0) throw new Error(`the disks of ${host.name} could not be searched: ${stderr.slice(-500)}`);
  return stdout.split('\n').filter(Boolean).toSorted();
}
