// A secret put into every place that is searched, so that a search which finds nothing has shown that it could.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watchProcesses } from '../support/canaries/machines.ts';
import type { Haystack } from '../support/canaries/search.ts';
import { openTemporal, type World } from './world.ts';

export type Seeds = { processes: Haystack[]; remove(): Promise<void> };

/** A workflow with it as argument, a ConfigMap, a line in the journals, a command line and an environment. */
export async function seedEverywhere(world: World, secret: string): Promise<Seeds> {
  const temporal = await openTemporal(world);
  const workflowId = `seeded/${crypto.randomUUID()}`;
  const queue = { workflowId, taskQueue: workflowId, args: [`see ${secret} here`] };
  const handle = await temporal.client.workflow.start('nobody', queue);
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'seeded' }, data: { note: `see ${secret}` } };
  await world.kubectl.run(['apply', '-f', '-'], JSON.stringify(map));
  for (const host of world.hosts) await host.exec(['systemd-cat', '-t', 'seeded'], { input: `see ${secret} here\n` });
  const processes = await seedProcesses(secret);
  const remove = async () => {
    await handle.terminate('seeded');
    await temporal.close();
    await world.kubectl.run(['delete', 'configmap', 'seeded']);
  };
  return { processes, remove };
}

/** One process that was given it as an argument, and one by its environment. */
async function seedProcesses(secret: string): Promise<Haystack[]> {
  const watch = watchProcesses();
  const wait = ['-e', 'process.stdin.resume()'];
  const children = [
    spawn(process.execPath, [...wait, secret], { stdio: ['pipe', 'ignore', 'ignore'] }),
    spawn(process.execPath, wait, { stdio: ['pipe', 'ignore', 'ignore'], env: { SEEDED: secret } }),
  ];
  await Promise.all(children.map((child) => once(child, 'spawn')));
  // The watch looks once more when it is stopped.
  const found = await watch.stop();
  const ended = children.map((child) => once(child, 'exit'));
  for (const child of children) child.stdin?.end();
  await Promise.all(ended);
  return found;
}
