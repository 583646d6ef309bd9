// The front door of every npm script: makes sure that the locked dependencies are installed, then hands over to the
// pinned Node of node_modules. Runs on any Node >= 20, so it is plain JavaScript and imports nothing but Node itself.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');

const say = (line) => process.stderr.write(`${line}\n`);

/** `npm ci` writes node_modules/.package-lock.json last: older than our lockfile means stale or half-installed. */
function dependenciesAreCurrent() {
  const marker = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(marker) || !existsSync(join(bin, 'node'))) return false;
  return statSync(marker).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function installDependencies() {
  say('installing the locked npm dependencies (npm ci --ignore-scripts) …');
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error || status !== 0) {
    say(`npm ci failed${error ? `: ${error.message}` : ''}. Is the npm registry reachable? Run it by hand.`);
    process.exit(1);
  }
}

const [first, ...rest] = process.argv.slice(2);
if (!first) {
  say('usage: node scripts/run.mjs ENTRY.ts [ARG…] | --bin TOOL [ARG…] | --program controller|gateway [ARG…]');
  process.exit(2);
}
const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  say(`Node ${process.versions.node} is too old: Node 20 or newer is needed to start.`);
  process.exit(1);
}
if (!dependenciesAreCurrent()) installDependencies();
const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}`, NODE_NO_WARNINGS: '1' };

/** Arguments of Node that start a program as it ships; it is built first, unless it is built. */
function programArguments(name) {
  const args = [join(root, 'scripts', 'build-program.ts'), name];
  const { status, stdout } = spawnSync(join(bin, 'node'), args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
  return JSON.parse(stdout.toString());
}

function decideCommand() {
  if (first === '--bin') return [join(bin, rest[0] ?? ''), ...rest.slice(1)];
  if (first !== '--program') return [join(bin, 'node'), join(root, first), ...rest];
  return [join(bin, 'node'), ...programArguments(rest[0] ?? ''), ...rest.slice(1)];
}

const command = decideCommand();
const child = spawn(command[0], command.slice(1), { stdio: 'inherit', env });
// A terminal signals the whole process group; a bare `kill` of this process must reach the child too.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
child.on('error', (error) => {
  say(`cannot start ${command[0]}: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, name) => process.exit(name ? 128 + (constants.signals[name] ?? 15) : (code ?? 1)));
