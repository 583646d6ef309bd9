// A bundle that was spoiled on its way to the host.
import type { HostHandle } from '../../lab/index.ts';

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
