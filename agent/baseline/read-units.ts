// Units as lines that can be compared: what an administrator's folder holds, what is enabled, what runs without a file.
import { ByoError, printable } from '../../common/errors.ts';
import type { Host } from '../host/host.ts';

const ENABLED = ['--state=enabled,enabled-runtime,linked,linked-runtime', '--plain', '--no-legend', '--full'];
const RUNNING = ['--type=service', '--state=running', '--plain', '--no-legend', '--full'];

/** Links that `systemctl enable` makes (told as `enabled`), and our own agent. */
const LEFT_OUT = /\.(wants|requires|upholds)$|^byo-/;
/** Somebody's one command under systemd-run, sessions, and operations of ours: no service of the machine. */
const PASSING = /^(run-|session-|user|byo-)/;

/**
 * `file NAME` of /etc/systemd/system, `enabled NAME`, and `running NAME` for services that exist only while they run. A
 * static or D-Bus service that happens to run is no trace; an enabled one counts, whether it runs just now or not.
 */
export async function readUnits(host: Pick<Host, 'list' | 'run'>): Promise<string[]> {
  const files = (await host.list('/etc/systemd/system')).filter((name) => !LEFT_OUT.test(name));
  const enabled = await listNames(host, ['systemctl', 'list-unit-files', ...ENABLED]);
  const transient = new Set((await host.list('/run/systemd/transient')).filter((name) => !PASSING.test(name)));
  const running = transient.size > 0 ? await listNames(host, ['systemctl', 'list-units', ...RUNNING]) : [];
  return [
    ...files.map((name) => `file ${name}`),
    ...enabled.filter((name) => !LEFT_OUT.test(name)).map((name) => `enabled ${name}`),
    ...running.filter((name) => transient.has(name)).map((name) => `running ${name}`),
  ];
}

/**
 * A systemd that is too busy to answer must not count as one without units: a baseline taken then would call every unit of
 * the machine a trace for ever (seen). @throws ByoError `StepFailed`, which passes
 */
async function listNames(host: Pick<Host, 'run'>, argv: string[]): Promise<string[]> {
  const { stdout, stderr, exitCode } = await host.run(argv);
  if (exitCode !== 0) {
    throw new ByoError('StepFailed', `systemctl cannot list units (${exitCode}): ${printable(stderr, 200)}`, {
      remedy: 'Look at systemd on the host; it is tried again',
      retryable: true,
    });
  }
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0] ?? '')
    .filter((name) => name !== '');
}
