// `npm run check`: everything that can be known without starting a server, within two minutes.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** In the order in which a failure is most useful to see. */
const CHECKS: { name: string; command: string[] }[] = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings', '--report-unused-disable-directives'] },
  { name: 'unused exports', command: ['knip', '--no-progress'] },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'generated files', command: ['node', 'scripts/generate.ts', '--check'] },
  { name: 'unit, layers, replay', command: ['vitest', 'run', '--project', 'unit', '--reporter=minimal', '--silent'] },
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

let failed = 0;
const begun = performance.now();
for (const { name, command } of CHECKS) {
  const started = performance.now();
  const [file = '', ...args] = command;
  const env = { NO_COLOR: '1', PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}` };
  const { exitCode, all } = await execa(file, args, { cwd: root, env, reject: false, all: true });
  say(`${exitCode === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds(started)})`);
  if (exitCode === 0) continue;
  failed += 1;
  say((all ?? '').split('\n').slice(-120).join('\n'));
}
say(`check: ${CHECKS.length - failed} of ${CHECKS.length} in ${seconds(begun)}`);
process.exitCode = failed === 0 ? 0 : 1;
