// Units as lines that can be compared: what an administrator's folder holds, what is enabled, what runs without a file.
import type { Host } from '../host/host.ts';
import { listUnitNames } from '../linux/units.ts';

const ENABLED = ['list-unit-files', '--state=enabled,enabled-runtime,linked,linked-runtime'];
const RUNNING = ['list-units', '--type=service', '--state=running'];

/**
 * Links that `systemctl enable` makes (told as `enabled`), our own agent, and what snapd writes anew with every refresh of a
 * snap, weekly on a stock Ubuntu.
 */
const LEFT_OUT = /\.(wants|requires|upholds)$|^byo-|^(snap-.*\.mount|snap\..*)$/;
/** Somebody's one command under systemd-run, sessions, and operations of ours: no service of the machine. */
const PASSING = /^(run-|session-|user|byo-)/;

/**
 * `file NAME` of /etc/systemd/system, `enabled NAME`, and `running NAME` for services that exist only while they run. A
 * static or D-Bus service that happens to run is no trace; an enabled one counts, whether it runs just now or not.
 */
export async function readUnits(host: Pick<Host, 'list' | 'run'>): Promise<string[]> {
  const files = (await host.list('/etc/systemd/system')).filter((name) => !LEFT_OUT.test(name));
  const enabled = await listUnitNames(host, ENABLED);
  const transient = new Set((await host.list('/run/systemd/transient')).filter((name) => !PASSING.test(name)));
  const running = transient.size > 0 ? await listUnitNames(host, RUNNING) : [];
  return [
    ...files.map((name) => `file ${name}`),
    ...enabled.filter((name) => !LEFT_OUT.test(name)).map((name) => `enabled ${name}`),
    ...running.filter((name) => transient.has(name)).map((name) => `running ${name}`),
  ];
}
