import { expect, test } from 'vitest';
import { startTransientUnit } from './systemd.ts';

test('a unit leaves no core file: its memory holds what the bootstrap document holds', async () => {
  const asked: string[][] = [];
  const run = async (argv: string[]) => {
    asked.push(argv);
    return { exitCode: 0, stdout: '', stderr: '' };
  };
  await startTransientUnit(run, { name: 'byo-runcmd', argv: ['/bin/sh', 'script'] });
  const [argv = []] = asked;
  expect(argv.slice(0, argv.indexOf('--'))).toContain('--property=LimitCORE=0');
});
