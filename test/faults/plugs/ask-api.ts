// Asks an API server again and again, as a user would who notices every moment in which it does not answer.
import { readFile } from 'node:fs/promises';
import { request, type RequestOptions } from 'node:https';
import { parse } from 'yaml';
import { z } from 'zod';

/** Between two questions. */
export const ASKED_EVERY_MS = 200;
const PATIENCE_MS = 2000;

const Kubeconfig = z.object({
  clusters: z.tuple([z.object({ cluster: z.object({ server: z.url(), 'certificate-authority-data': z.string() }) })]),
  users: z.tuple([
    z.object({ user: z.object({ 'client-certificate-data': z.string(), 'client-key-data': z.string() }) }),
  ]),
});

export type Asker = {
  /** Longest time between two questions that were answered, since the last call of this; in milliseconds. */
  longestGap(): number;
  /** How many were answered, and how many were not. */
  count(): { answered: number; unanswered: number };
  stop(): void;
};

/** A new connection for each question, which is read from etcd; nobody waits for the one before. */
export async function askApi(kubeconfig: string): Promise<Asker> {
  const options = await readOptions(kubeconfig);
  let last = performance.now();
  let longest = 0;
  const counted = { answered: 0, unanswered: 0 };
  const askOnce = async (): Promise<void> => {
    const asked = performance.now();
    const isAnswered = await ask(options);
    counted[isAnswered ? 'answered' : 'unanswered'] += 1;
    if (!isAnswered || asked <= last) return;
    longest = Math.max(longest, asked - last);
    last = asked;
  };
  const timer = setInterval(() => void askOnce(), ASKED_EVERY_MS);
  return {
    longestGap() {
      const gap = Math.max(longest, performance.now() - last - PATIENCE_MS);
      longest = 0;
      return Math.round(gap);
    },
    count: () => ({ ...counted }),
    stop: () => clearInterval(timer),
  };
}

const decode = (data: string): Buffer => Buffer.from(data, 'base64');

async function readOptions(kubeconfig: string): Promise<RequestOptions> {
  const { clusters, users } = Kubeconfig.parse(parse(await readFile(kubeconfig, 'utf8')));
  const { hostname, port } = new URL(clusters[0].cluster.server);
  return {
    host: hostname,
    port,
    path: '/api/v1/namespaces/default',
    agent: false,
    ca: decode(clusters[0].cluster['certificate-authority-data']),
    cert: decode(users[0].user['client-certificate-data']),
    key: decode(users[0].user['client-key-data']),
  };
}

function ask(options: RequestOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request({ ...options, signal: AbortSignal.timeout(PATIENCE_MS) }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
      response.on('error', () => resolve(false));
    });
    asking.on('error', () => resolve(false));
    asking.end();
  });
}
