// The agent's configuration file: who this host is, and where its two links lead.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

/** /etc/byo-agent/config.yaml; unknown keys are refused, since a misspelt one would be silently without effect. */
export const AgentConfig = z.strictObject({
  hostID: z.uuid().describe('Identity of the host, given at enrolment.'),
  namespace: z.string().min(1).max(63).describe('Namespace of the ByoHost.'),
  name: z.string().min(1).max(253).describe('Name of the ByoHost.'),
  kubeconfig: z.string().startsWith('/').describe('Credential for this ByoHost’s report and Lease alone.'),
  temporal: z.strictObject({
    address: z.string().min(1).describe('host:port of the Temporal frontend.'),
    namespace: z.string().min(1).default('default').describe('Temporal namespace.'),
  }),
  trust: z.string().startsWith('/').describe('JWKS file: public keys of the controllers that may give orders.'),
  stateDir: z.string().startsWith('/').default('/var/lib/byo-agent').describe('Journal, keys and store.'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least level that is logged.'),
});
export type AgentConfig = z.infer<typeof AgentConfig>;

/** @throws Error naming the file and every field that is wrong */
export async function readConfig(path: string): Promise<AgentConfig> {
  const parsed = AgentConfig.safeParse(parse(await readFile(path, 'utf8'), { schema: 'core', maxAliasCount: 0 }));
  if (parsed.success) return parsed.data;
  throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
}
