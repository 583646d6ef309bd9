// `npm run bench -- downloads`: what a bundle that is cut off ten times costs beside one that is not.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PLATFORM } from '../../common/platform.ts';
import { createBlobReader } from '../../agent/link/blobs.ts';
import { dialAs } from '../../agent/link/dial.ts';
import { BundleError } from '../../bundle/errors.ts';
import { ensureBlob } from '../../bundle/store/ensure-blob.ts';
import { openBundle, type Bundle } from '../../bundle/read/open-bundle.ts';
import { openAnySource } from '../../bundle/sources/open-source.ts';
import { ensureLabBundle, type LabBundle } from '../../lab/bundle.ts';
import { ensureParts } from '../../lab/parts/index.ts';
import { makeFleet, type Fleet } from '../gateway/fleet.ts';
import { onGround, type Ground } from '../environment.ts';
import { describeMachine, finish, load, say, type CommonOptions, type Goal } from '../report.ts';
import { round } from '../statistics.ts';
import { openCutLink } from './cut-link.ts';

export type DownloadsBenchOptions = CommonOptions & { cuts: number; megabits: number };

/** A download through a link that is cut at these bytes; `wire` counts all that came over it, TLS included. */
type Download = { bundleBytes: number; wireBytes: number; cuts: number; tries: number; seconds: number };

export async function benchDownloads(options: DownloadsBenchOptions): Promise<void> {
  const machine = describeMachine();
  const bundle = await ensureLabBundle(await ensureParts({ onProgress: (line) => say(`  ${line}`) }), say);
  const ground = { name: options.instance, hosts: 0, bundleDir: bundle.dir, keep: options.keep };
  const found = await onGround(ground, (up) => measure(up, bundle, options));
  await finish('downloads', { machine, options, ...found, load: load(), goals: goalsOf(found) }, options.json);
}

async function measure({ kube, instance }: Ground, bundle: LabBundle, options: DownloadsBenchOptions) {
  const { fleet } = await makeFleet(kube, instance, { count: 1 });
  const whole = await download(fleet, bundle, { options, cutAt: [] });
  say(`▸ without a cut\n  ${JSON.stringify(whole)}`);
  const cutAt = Array.from({ length: options.cuts }, (_, at) => (whole.wireBytes * (at + 1)) / (options.cuts + 1));
  const cut = await download(fleet, bundle, { options, cutAt });
  say(`▸ cut ${options.cuts} times\n  ${JSON.stringify(cut)}`);
  return { whole, cut };
}

type Way = { options: DownloadsBenchOptions; cutAt: number[] };

/** Tries as the agent's step does: the bundle opened anew each time, and what has come is kept. */
async function download(fleet: Fleet, bundle: LabBundle, { options, cutAt }: Way): Promise<Download> {
  const bytesPerSecond = (options.megabits * 1e6) / 8;
  const link = await openCutLink({ to: fleet.gateway, bytesPerSecond, cutAt });
  const dir = await mkdtemp(join(tmpdir(), 'byo-bench-'));
  const begun = performance.now();
  try {
    for (let tries = 1; ; tries += 1) {
      const whole = await fetchOnce({ ...fleet, gateway: link.address }, bundle, dir);
      if (!whole) continue;
      const seconds = round((performance.now() - begun) / 1000);
      return { bundleBytes: whole.bytes, wireBytes: link.received(), cuts: link.cuts(), tries, seconds };
    }
  } finally {
    link.close();
    await rm(dir, { recursive: true });
  }
}

/** Undefined when the link was cut. */
async function fetchOnce(fleet: Fleet, { digest, version }: LabBundle, dir: string): Promise<Bundle | undefined> {
  const [member] = fleet.members;
  if (!member) throw new Error('the fleet is empty');
  const credentials = { ca: [fleet.ca], cert: member.certificate, key: member.key, installation: fleet.installation };
  const reader = createBlobReader(dialAs({ gateway: fleet.gateway }, credentials));
  const source = openAnySource('gateway:///', reader);
  const platform = PLATFORM;
  try {
    const bundle = await openBundle({ source, digest, platform, version });
    for (const blob of bundle.blobs) await ensureBlob({ dir }, source, blob);
    return bundle;
  } catch (error) {
    if (error instanceof BundleError && error.code === 'SourceInterrupted') return undefined;
    throw error;
  }
}

function goalsOf({ whole, cut }: { whole: Download; cut: Download }): Goal[] {
  const share = round(((cut.wireBytes - whole.wireBytes) / whole.bundleBytes) * 100, 3);
  return [{ what: `sent again over ${cut.cuts} cuts, %`, measured: share, goal: '≤ 1', met: share <= 1 }];
}
