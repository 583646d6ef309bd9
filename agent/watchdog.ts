// What systemd hears of the agent: ready, still alive, stopping.
import type { Logger } from '../common/log.ts';
import type { Host } from './host/host.ts';

/** Below half of WatchdogSec, as sd_watchdog_enabled(3) advises. */
const PING_MILLISECONDS = 30_000;

/**
 * Says READY, then keeps the watchdog fed until the signal aborts; does nothing where systemd did not start us. The event
 * loop must turn for a ping, and `isAlive` must agree: an agent that hangs is ended by systemd and begins anew.
 */
export function startWatchdog(options: { host: Host; log: Logger; signal: AbortSignal; isAlive(): boolean }): void {
  if (!process.env['NOTIFY_SOCKET']) return;
  const socket = process.env['NOTIFY_SOCKET'];
  const notify = (state: string) => {
    // The pid is the agent's: by the time systemd reads the message, its sender has ended.
    const argv = ['env', `NOTIFY_SOCKET=${socket}`, 'systemd-notify', `--pid=${process.pid}`, state];
    options.host.run(argv).then(
      ({ exitCode, stderr }) => exitCode !== 0 && options.log.warn({ state, stderr }, 'systemd-notify failed'),
      (error: unknown) => options.log.warn({ state, error: String(error) }, 'systemd-notify failed'),
    );
  };
  notify('READY=1');
  const timer = setInterval(() => options.isAlive() && notify('WATCHDOG=1'), PING_MILLISECONDS);
  options.signal.addEventListener('abort', () => {
    clearInterval(timer);
    notify('STOPPING=1');
  });
}
