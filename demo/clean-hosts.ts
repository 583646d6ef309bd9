// The proof that hosts came back as clean as they were: a snapshot before the first claim, one after the release.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostHandle, Instance } from '../lab/index.ts';
import { ALLOWED_DIFFERENCES } from '../harness/allowed-differences.ts';
import { compareSnapshots, countCompared, describeDifference, type Difference } from '../harness/compare-snapshots.ts';
import { HostSnapshot, takeSnapshot } from '../harness/host-snapshot.ts';
import { readHost } from '../harness/machines.ts';
import { NotTrue } from '../harness/watch-until.ts';

/** Of one host: how much was compared, how many differences are allowed, and the others. */
export type CleanReport = {
  host: string;
  clean: boolean;
  compared: Record<string, number>;
  allowed: number;
  differences: Difference[];
};

const fileOf = (instance: Instance, host: HostHandle): string => join(instance.dir, 'snapshots', `${host.name}.json`);

/** Keeps a snapshot of each host from before its first claim. Throws when that moment has passed without one. */
export async function recordHosts(instance: Instance): Promise<void> {
  await mkdir(join(instance.dir, 'snapshots'), { recursive: true, mode: 0o700 });
  for (const host of instance.hosts) {
    const file = fileOf(instance, host);
    if (existsSync(file)) continue;
    if ((await readHost(instance, host.name)).spec.lastGeneration !== undefined) throw tooLate(instance, host);
    await writeFile(`${file}.new`, JSON.stringify(await takeSnapshot(host)), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
}

function tooLate(instance: Instance, { name }: HostHandle): Error {
  const down = `npm run demo -- down --instance ${instance.name}`;
  return new Error(`${name} was claimed before anybody looked what it was like: start afresh, after ${down}`);
}

/** Compares a host with what it was like before its first claim. */
export async function compareHost(instance: Instance, host: HostHandle): Promise<CleanReport> {
  const before = HostSnapshot.parse(JSON.parse(await readFile(fileOf(instance, host), 'utf8')));
  const after = await takeSnapshot(host);
  const differences = compareSnapshots(before, after, ALLOWED_DIFFERENCES);
  return {
    host: host.name,
    clean: differences.length === 0,
    compared: countCompared(before, after),
    allowed: compareSnapshots(before, after, []).length - differences.length,
    differences,
  };
}

/** Says what was compared. Throws NotTrue naming what differs. */
export function assertClean(instance: Instance, reports: CleanReport[], say: (line: string) => void): void {
  for (const { host, clean, compared, allowed } of reports) {
    const counts = Object.entries(compared).map(([kind, count]) => `${count} ${kind}s`.replace(/ss(?=s$)/, 'sse'));
    say(`  ${host.padEnd(34)} ${clean ? 'clean' : 'NOT CLEAN'}: ${counts.join(', ')}; ${allowed} allowed differences`);
  }
  const unclean = reports.filter(({ clean }) => !clean);
  if (unclean.length === 0) return;
  const lines = unclean.flatMap(({ host, differences }) =>
    differences.slice(0, 40).map((difference) => `  ${host}: ${describeDifference(difference)}`),
  );
  throw new NotTrue(instance, ['hosts came back other than they were:', ...lines].join('\n'));
}
