// WriteBootstrapFiles: write_files of the document, through the ledger, with their owners and modes.
import type { JoinArguments } from '../../../api/orders.ts';
import { ByoError } from '../../../common/errors.ts';
import type { BootstrapFile } from './cloud-init/bootstrap-plan.ts';
import type { Host } from '../../host/host.ts';
import type { Step, StepContext } from '../../runner/step.ts';
import { readBootstrapPlan, type JoinDeps } from './document.ts';
import { isBootstrapSucceeded } from './outcome.ts';

/** Looked at as a whole, before kubeadm has run: later, kubeadm has changed or removed some of them. */
export function writeBootstrapFiles(deps: JoinDeps): Step<JoinArguments> {
  return {
    name: 'WriteBootstrapFiles',
    look: async (context, input) => {
      if (await isBootstrapSucceeded(deps, context)) return true;
      const { files } = await readBootstrapPlan(context, input);
      for (const file of files) if (!(await isFileWritten(context.host, file))) return false;
      return true;
    },
    act: async (context, input) => {
      const { files } = await readBootstrapPlan(context, input);
      for (const file of files) await writeBootstrapFile(context, file);
    },
  };
}

async function writeBootstrapFile({ host, ledger }: StepContext, file: BootstrapFile): Promise<void> {
  const options = { mode: file.permissions, owner: await findOwner(host, file.owner) };
  await ledger.ensureDirectory(file.path.slice(0, file.path.lastIndexOf('/')) || '/', { mode: 0o755 });
  await (file.append
    ? ledger.appendFile(file.path, file.content, options)
    : ledger.writeFile(file.path, file.content, options));
}

/** An appended file cannot be told from one that was so before: it is never "there", and the ledger appends it once. */
async function isFileWritten(host: Host, file: BootstrapFile): Promise<boolean> {
  if (file.append) return false;
  const stat = await host.stat(file.path);
  if (stat?.kind !== 'file' || (stat.mode & 0o7777) !== file.permissions) return false;
  const owner = await findOwner(host, file.owner);
  if (stat.uid !== owner.uid || stat.gid !== owner.gid) return false;
  return (await host.readFile(file.path))?.equals(file.content) ?? false;
}

/** Numbers of `user:group` as this machine knows them. @throws ByoError `BootstrapDataInvalid` for an unknown name */
async function findOwner(host: Host, owner: string): Promise<{ uid: number; gid: number }> {
  const [user = 'root', group] = owner.split(':');
  const uid = await findId(host, 'passwd', user);
  return { uid, gid: group === undefined ? uid : await findId(host, 'group', group) };
}

async function findId(host: Host, database: 'passwd' | 'group', name: string): Promise<number> {
  if (name === 'root') return 0;
  if (/^\d+$/.test(name)) return Number(name);
  const { exitCode, stdout } = await host.run(['getent', '--', database, name]);
  const id = exitCode === 0 ? Number(stdout.split(':')[2]) : Number.NaN;
  if (Number.isInteger(id)) return id;
  throw new ByoError(
    'BootstrapDataInvalid',
    `a file of the bootstrap document belongs to an unknown ${database} entry`,
    {
      remedy: 'Make the user or group on the host, or use one that exists',
      retryable: false,
    },
  );
}
