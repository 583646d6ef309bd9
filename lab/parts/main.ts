// Builds parts by hand: `node lab/parts/main.ts [part…]` prints where everything is.
import { checkMachine, ensureParts, partNames } from './index.ts';

const names = process.argv.slice(2);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

if (names.includes('--help')) {
  print(
    `usage: node lab/parts/main.ts [part…]\nparts: ${partNames.join(' ')}\ncache: BYO_LAB_CACHE or /var/cache/byo-lab`,
  );
} else {
  const obstacles = await checkMachine();
  if (obstacles.length > 0) {
    process.stderr.write(`The lab cannot be built here:\n${obstacles.map((line) => `- ${line}\n`).join('')}`);
    process.exitCode = 1;
  } else {
    await build();
  }
}

async function build(): Promise<void> {
  const onProgress = (line: string): void => print(line);
  const parts = await ensureParts(names.length === 0 ? { onProgress } : { only: names, onProgress });
  for (const { reference, archive } of parts.images) print(`${reference}  ${archive}`);
  if (parts.hostImage !== '') print(`host image  ${parts.hostImage}`);
}
