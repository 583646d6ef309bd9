// The agent's configuration file: where its one door is. Who the host is stands in its identity, in the state folder.
import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { parseHostPort } from '../common/host-port.ts';
import { writeFileDurably } from '../common/durable-file.ts';
import { isMissing } from '../common/system-error.ts';

/** Address of a gateway, `host:port`; IPv6 in brackets. */
export const GatewayAddress = z
  .string()
  .max(300)
  .refine((text) => parseHostPort(text) !== undefined, 'must be host:port');

/** /etc/byo-agent/config.yaml; unknown keys are refused, since a misspelt one would be silently without effect. */
export const AgentConfig = z.strictObject({
  gateway: GatewayAddress.describe('host:port of the gateway; it is known by its certificate, not by this name.'),
  proxy: z
    .url({ protocol: /^http$/ })
    .optional()
    .describe('HTTP proxy that gives a tunnel to the gateway (CONNECT); may hold user and password.'),
  stateDir: z
    .string()
    .startsWith('/')
    .default('/var/lib/byo-agent')
    .describe('Keys, identity, journal and store; for root alone.'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least level that is logged.'),
});
export type AgentConfig = z.infer<typeof AgentConfig>;

/** What may be written before enrollment: everything but the gateway, which enrollment names. */
const Draft = AgentConfig.partial({ gateway: true });
export type ConfigDraft = z.infer<typeof Draft>;

/** @throws Error naming the file and every field that is wrong */
export async function readConfig(path: string): Promise<AgentConfig> {
  return parseAs(AgentConfig, path, await readFile(path, 'utf8'));
}

/** What stands in the file, or the defaults when there is none. @throws Error like `readConfig` */
export async function readDraft(path: string): Promise<ConfigDraft> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '{}';
    throw error;
  });
  return parseAs(Draft, path, text);
}

/** The folder must be there. */
export async function writeConfig(path: string, config: AgentConfig): Promise<void> {
  await writeFileDurably(path, stringify(AgentConfig.parse(config)), { mode: 0o600 });
}

function parseAs<Schema extends z.ZodType>(schema: Schema, path: string, text: string): z.infer<Schema> {
  const parsed = schema.safeParse(parse(text, { schema: 'core', maxAliasCount: 0 }) ?? {});
  if (parsed.success) return parsed.data;
  throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
}
