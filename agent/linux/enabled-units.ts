// What is enabled, read from the links that `systemctl enable` makes: asking systemd for all of its unit files costs most of a
// second, and a join waits for it twice.
import { basename, resolve } from 'node:path';
import type { Host } from '../host/host.ts';

/** For good, and until the next boot. What the folders of packages link, `systemctl disable` leaves alone as well. */
const FOLDERS = ['/etc/systemd/system', '/run/systemd/system'];
/** WantedBy=, RequiredBy=, UpheldBy= of systemd.unit(5). */
const DEPENDENCIES = /\.(wants|requires|upholds)$/;
const MASK = '/dev/null';
/** Its link says where the machine starts to (`systemctl set-default`), and enables nothing. */
const DEFAULT = 'default.target';
/** Our own agent. */
const OURS = /^byo-/;

type Links = Pick<Host, 'list' | 'readLink'>;
/** `target` with its folder, as it is written in the link. */
type Link = { name: string; target: string };

/** Units that are enabled and not masked, by name; an instance of a template by its own. */
export async function listEnabledUnits(host: Links): Promise<string[]> {
  const levels = await Promise.all(FOLDERS.map((folder) => readFolder(host, folder)));
  const masked = new Set(levels.flatMap(({ masks }) => masks));
  const enabled = new Set(levels.flatMap(({ units }) => units));
  return [...enabled].filter((name) => !masked.has(name) && !OURS.test(name)).toSorted();
}

async function readFolder(host: Links, folder: string): Promise<{ units: string[]; masks: string[] }> {
  const groups = (await host.list(folder)).filter((name) => DEPENDENCIES.test(name));
  const wanted = (await Promise.all(groups.map((group) => readLinks(host, `${folder}/${group}`)))).flat();
  const own = await readLinks(host, folder);
  // Here a link is another name (Alias=), or stands for a file that lies elsewhere: the unit is called as that file is.
  const aliases = own.filter((link) => isNoMask(link) && link.name !== DEFAULT).map(({ target }) => basename(target));
  return {
    units: [...wanted.filter(isNoMask).map(({ name }) => name), ...aliases],
    masks: own.filter((link) => !isNoMask(link)).map(({ name }) => name),
  };
}

const isNoMask = ({ target }: Link): boolean => target !== MASK;

async function readLinks(host: Links, folder: string): Promise<Link[]> {
  const names = await host.list(folder);
  const links = names.map(async (name) => {
    const target = await host.readLink(`${folder}/${name}`);
    return target === undefined ? [] : [{ name, target: resolve(folder, target) }];
  });
  return (await Promise.all(links)).flat();
}

/** `getty@.service` of `getty@tty1.service`; any other name is its own. */
export function templateOf(unit: string): string {
  return unit.replace(/@[^/]*(?=\.\w+$)/, '@');
}
