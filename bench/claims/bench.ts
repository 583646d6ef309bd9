// `npm run bench -- claims`: how soon a machine that waits holds a host that was freed.
import { setTimeout as delay } from 'node:timers/promises';
import { SYSTEM_NAMESPACE } from '../../api/names.ts';
import { connect } from '../../common/kube/connect.ts';
import { onGround, type Ground } from '../environment.ts';
import { describeMachine, finish, load, say, type CommonOptions } from '../report.ts';
import { summarise } from '../statistics.ts';
import { freeHost, makeCluster, makeHost, makeMachine, retireMachine, renewLease, type Writers } from './objects.ts';
import { watchClaims, type Watched } from './watch.ts';

export type ClaimsBenchOptions = CommonOptions & { times: number; hosts: number; waiting: number };

const LEASE_EVERY_MS = 45_000;

export async function benchClaims(options: ClaimsBenchOptions): Promise<void> {
  const machine = describeMachine();
  const work = (ground: Ground) => measure(ground, options);
  const milliseconds = await onGround({ name: options.instance, hosts: 0, keep: options.keep }, work);
  const found = summarise(milliseconds, 0);
  say(JSON.stringify(found));
  const goal = { what: 'freed host → claimed, p99, ms', measured: found.p99, goal: '≤ 1000', met: found.p99 <= 1000 };
  await finish('claims', { machine, options, found, load: load(), milliseconds, goals: [goal] }, options.json);
}

async function measure({ instance, kube: admin }: Ground, options: ClaimsBenchOptions): Promise<number[]> {
  const as = `system:serviceaccount:${SYSTEM_NAMESPACE}:byo-controller`;
  const writers = { admin, controller: connect({ kubeconfig: instance.kubeconfig, as }) };
  await makeCluster(writers);
  const hosts = Array.from({ length: options.hosts }, (_, at) => `h${at}`);
  for (const name of hosts) await makeHost(writers, name);
  const renewAll = () => Promise.all(hosts.map((name) => renewLease(writers, name)));
  await renewAll();
  const renewing = setInterval(() => void renewAll(), LEASE_EVERY_MS);
  const watched = await watchClaims(admin);
  try {
    return await freeOneByOne({ writers, watched, hosts, options });
  } finally {
    clearInterval(renewing);
    watched.stop();
  }
}

type Work = { writers: Writers; watched: Watched; hosts: string[]; options: ClaimsBenchOptions };

/** Machines stand in line, the oldest first; the one that was served retires, and a new one comes to the end of the line. */
async function freeOneByOne({ writers, watched, hosts, options }: Work): Promise<number[]> {
  const line: string[] = [];
  const milliseconds: number[] = [];
  for (let nth = 0; nth < options.times; nth += 1) {
    while (line.length < options.waiting) {
      const name = `m${nth + line.length}`;
      line.push(name);
      await makeMachine(writers, name);
      await watched.until(() => watched.isWaiting(name));
    }
    const host = hosts[nth % hosts.length] ?? '';
    // All is quiet: what is measured begins with the write.
    await delay(300);
    await freeHost(writers, host);
    const freed = performance.now();
    const claimed = await watched.until(() => watched.claimOf(host, freed));
    milliseconds.push(claimed.at - freed);
    const served = line.splice(line.indexOf(claimed.by), 1);
    for (const name of served) await retireMachine(writers, name);
    if (nth % 20 === 19) say(`  ${nth + 1} times`);
  }
  return milliseconds;
}
