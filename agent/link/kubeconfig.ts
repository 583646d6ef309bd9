// A kubeconfig file as far as an agent needs it: one server, one credential, everything inside the file or beside it.
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const Cluster = z.object({
  server: z.url({ protocol: /^https$/ }),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.base64().optional(),
});
const User = z.object({
  token: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.base64().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.base64().optional(),
});
const Kubeconfig = z.object({
  'current-context': z.string(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(z.object({ name: z.string(), cluster: Cluster })),
  users: z.array(z.object({ name: z.string(), user: User })),
});

/** Address and TLS material in PEM; exactly one of certificate and token proves who we are. */
export type ApiServer = { server: URL; ca?: Buffer; cert?: Buffer; key?: Buffer; token?: string };

/** Read afresh at each connection, so that a renewed credential is used without a restart. */
export async function readKubeconfig(path: string): Promise<ApiServer> {
  const config = Kubeconfig.parse(parse(await readFile(path, 'utf8'), { schema: 'core', maxAliasCount: 0 }));
  const context = config.contexts.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users.find(({ name }) => name === context?.user)?.user;
  if (!cluster || !user) throw new Error(`${path} has no complete current context`);
  const load = (data: string | undefined, file: string | undefined) => loadPem(dirname(path), data, file);
  const ca = await load(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const cert = await load(user['client-certificate-data'], user['client-certificate']);
  const key = await load(user['client-key-data'], user['client-key']);
  return {
    server: new URL(cluster.server),
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(user.token ? { token: user.token } : {}),
  };
}

async function loadPem(
  folder: string,
  data: string | undefined,
  file: string | undefined,
): Promise<Buffer | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64');
  return file === undefined ? undefined : readFile(resolve(folder, file));
}
