// Guards what is stated once: each mechanism is known by a mark, and the mark stands in one file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { files, root } from './support/repository.ts';

/** What each mechanism is known by, and the one file in which it stands; each was once written several times. */
const MECHANISMS: [string, RegExp, string][] = [
  ['mounts', /\/proc\/self\/mountinfo/, 'agent/linux/mounts.ts'],
  ['swaps', /\/proc\/swaps'/, 'agent/linux/swaps.ts'],
  ['loaded modules', /\/proc\/modules/, 'agent/linux/kernel-modules.ts'],
  ['settings of the kernel', /\/proc\/sys\//, 'agent/linux/sysctl.ts'],
  ['links and addresses', /'-j', 'address'/, 'agent/linux/network.ts'],
  ['properties of a unit', /'systemctl', 'show'/, 'agent/host/systemd.ts'],
  ['release of the system', /\/etc\/os-release/, 'agent/linux/facts.ts'],
  ['the processor', /process\.arch\b/, 'common/platform.ts'],
  [
    'codes of system errors',
    /typeof error\.code === 'string'|'code' in error \? |error\.code [!=]== 'E/,
    'common/system-error.ts',
  ],
  ['growing waits', /\* 2 \*\* /, 'common/backoff.ts'],
  ['pauses that a signal ends', /(delay|sleep)\([^;]*signal[^;]*\.catch\(/, 'common/pause.ts'],
  ['bounded bodies', /Buffer\.concat\((parts|chunks)\)/, 'common/bounded-body.ts'],
  ['host:port', /\\d\{1,5\}\)?\$/, 'common/host-port.ts'],
  ['shape of a P-256 key', /z\.literal\('P-256'\)/, 'api/p256.ts'],
  ['words of Temporal’s SDK', /Runtime\.install/, 'workers/forward-logs.ts'],
  ['token buckets', /Math\.min\([^;]*burst, \w+\.tokens \+ \(/, 'common/token-bucket.ts'],
  ['reason with its message', /reason: string; message: string/, 'api/reasons/reason.ts'],
  ['synced folders', /O_DIRECTORY\)|fsyncSync\(folder/, 'common/durable-file.ts'],
];

/** Neither tests and the lab, nor what is shown or measured there; workflows import nothing but `api/`, and wait in their own way. */
const products = files.filter(
  (file) =>
    !/\.test\.ts$|^(test|lab|harness|demo|bench|scripts|workflows)\/|\/testing\/|\/(fake-host|test-\w+)\.ts$/.test(
      file,
    ),
);

test.each(MECHANISMS)('%s: one place', (_, mark, place) => {
  expect(products.filter((file) => mark.test(readFileSync(join(root, file), 'utf8')))).toEqual([place]);
});
