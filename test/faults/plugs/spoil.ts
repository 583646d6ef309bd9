// A bundle that was spoiled on its way to the host, or was never made for it.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostHandle } from '../../../lab/index.ts';
import type { Bench } from './bench.ts';

/** Copies the lab's bundle to a folder on the host and flips one byte in the middle of its largest blob. */
export async function flipByte(host: HostHandle, folder: string): Promise<void> {
  const script = `set -e
cp -r /opt/byo-bundles ${folder}
blob=$(ls -S ${folder}/blobs/sha256/* | head -n 1)
at=$(($(stat -c %s "$blob") / 2))
was=$(od -An -tu1 -j "$at" -N 1 "$blob" | tr -d ' ')
printf "\\\\$(printf %03o $(((was + 1) % 256)))" | dd of="$blob" bs=1 seek="$at" conv=notrunc status=none`;
  const { exitCode, stderr } = await host.exec(['sh'], { input: script });
  if (exitCode !== 0) throw new Error(`the bundle cannot be spoiled: ${stderr}`);
}

const OTHER: Record<string, string> = { amd64: 'arm64', arm64: 'amd64' };

/**
 * Puts into a folder on the host what tells of the lab's bundle, with every platform called the other one; gives its
 * digest. It is whole and signed for by that digest: what it lacks is something for this host.
 */
export async function makeForOtherPlatform({ host, bundle }: Bench, folder: string): Promise<string> {
  const index = await readFile(join(bundle.dir, 'blobs', 'sha256', bundle.digest.slice('sha256:'.length)), 'utf8');
  const other = index.replaceAll(/("architecture": ?")(amd64|arm64)"/g, (_, key, name) => `${key}${OTHER[name]}"`);
  if (other === index) throw new Error(`the index of ${bundle.dir} names no platform`);
  const hash = createHash('sha256').update(other).digest('hex');
  const made = await mkdtemp(join(tmpdir(), 'byo-plugs-'));
  await writeFile(join(made, hash), other);
  await host.exec(['sh', '-c', `mkdir -p ${folder}/blobs/sha256 && cp /opt/byo-bundles/oci-layout ${folder}`]);
  await host.copyIn(join(made, hash), `${folder}/blobs/sha256/${hash}`);
  await rm(made, { recursive: true });
  return `sha256:${hash}`;
}
