// The power supply of one machine: runs its kernel, again after each restart, until it powers off. `node main.ts FOLDER`.
// Killed, it takes the kernel with it at once, which is a power loss.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { kernelArguments, decideRestart } from './kernel-arguments.ts';
import { filesOf, readSettings } from './machine-files.ts';

const files = filesOf(process.argv[2] ?? '');

/** One boot, to its end; gives whether the machine asked for another. */
async function runOnce(): Promise<boolean> {
  const settings = readSettings(files);
  if (!settings) throw new Error(`${files.settings} is not there: who starts this must write it first`);
  // A killed kernel leaves its pid file, for which the next one takes a random name.
  rmSync(files.uml, { recursive: true, force: true });
  mkdirSync(files.uml, { mode: 0o700 });
  const console = openSync(files.console, 'w', 0o600);
  try {
    const argv = ['--pdeathsig', 'KILL', settings.kernel, ...kernelArguments(settings, files)];
    const env = { PATH: process.env['PATH'], HOME: files.folder, TMPDIR: '/dev/shm', BYO_LAB_MACHINE: files.folder };
    const kernel = spawn('setpriv', argv, { cwd: files.folder, env, stdio: ['ignore', console, console] });
    process.once('SIGTERM', () => kernel.kill('SIGKILL'));
    await once(kernel, 'exit');
  } finally {
    closeSync(console);
  }
  return decideRestart(readFileSync(files.console, 'utf8'));
}

process.stdout.write(`${files.folder}: power on\n`);
while (await runOnce()) process.stdout.write(`${files.folder}: restart\n`);
process.stdout.write(`${files.folder}: power off\n`);
