// Live progress while something is to become true: one line whenever a machine or a host moves, and an error that says where to look.
import { setTimeout as delay } from 'node:timers/promises';
import type { Instance } from '../lab/index.ts';
import { describeHost, readHosts, readMachines } from './machines.ts';
import { sayChanges, type Tell } from './watch.ts';

type Wish = {
  instance: Instance;
  /** What is to become true, for the error. */
  what: string;
  minutes: number;
  onLine: (line: string) => void;
  /** Why it is not true yet; undefined when it is. */
  probe: () => Promise<string | undefined>;
};

/** Waits until the probe is content. Throws NotTrue when the time is over. */
export async function watchUntil({ instance, what, minutes, onLine, probe }: Wish): Promise<void> {
  const end = performance.now() + minutes * 60_000;
  const tell = sayChanges(onLine);
  for (;;) {
    const why = await probe();
    await tellAll(instance, tell);
    if (why === undefined) return;
    if (performance.now() > end) throw new NotTrue(instance, `${what}: not true within ${minutes} minutes, but ${why}`);
    await delay(1000);
  }
}

async function tellAll(instance: Instance, tell: Tell): Promise<void> {
  for (const { name, line } of await readMachines(instance)) tell(name, line);
  for (const host of await readHosts(instance)) tell(`byohost/${host.metadata.name}`, describeHost(host));
}

/** Something that the demo promises was not true; the message says what, and where to look. */
export class NotTrue extends Error {
  constructor(instance: Instance, what: string) {
    const shell = `npm run lab -- exec --instance ${instance.name} HOST`;
    const places = [
      `KUBECONFIG=${instance.kubeconfig} kubectl describe byomachines,byohosts`,
      `Temporal UI ${instance.temporal.ui}`,
      `on a host: ${shell} -- journalctl -u byo-agent`,
      `the controller: npm run lab -- logs --instance ${instance.name} byo-controller`,
    ];
    super([what, 'Where to look:', ...places.map((place) => `  ${place}`)].join('\n'));
    this.name = 'NotTrue';
  }
}
