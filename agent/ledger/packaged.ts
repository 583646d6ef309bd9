// Whether files belong to packages of the machine: a bootstrap document may install some, and those stay.
import type { Host } from '../host/host.ts';

/** Each answers 0 only when every path belongs to a package. */
const ASK = [
  ['dpkg-query', '--search', '--'],
  ['rpm', '--query', '--file', '--'],
];
/** dpkg-query takes other letters for patterns. */
const PLAIN_NAME = /^[A-Za-z0-9._+@~-]+$/;
const MOST = 64;

/** All these names in a folder are a package's; `false` also when nobody can say. */
export async function arePackaged(host: Pick<Host, 'run'>, folder: string, names: readonly string[]): Promise<boolean> {
  if (names.length === 0 || names.length > MOST || !names.every((name) => PLAIN_NAME.test(name))) return false;
  const paths = names.map((name) => `${folder}/${name}`);
  for (const argv of ASK) {
    const { exitCode, stdout } = await host.run([...argv, ...paths]);
    if (exitCode === 0 && stdout.trim() !== '') return true;
  }
  return false;
}
