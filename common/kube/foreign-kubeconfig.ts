// A kubeconfig that somebody else wrote, read by us: its library opens files and runs programs that such a text names, for
// every user in it. Whoever may write Secrets in a namespace writes these.
import { CST, Lexer, parseDocument } from 'yaml';
import { z } from 'zod';
import { ByoError, printable } from '../errors.ts';

/** More than any control plane provider writes; the parser's work is bounded by tokens. */
const LARGEST = 128 * 1024;
const MOST_TOKENS = 4000;
/** What would make one text mean something that does not stand in it. */
const REFUSED_TOKENS = new Set(['alias', 'anchor', 'tag', 'directive-line']);

const name = z.string().min(1).max(1024);
const data = z.string().regex(/^[A-Za-z0-9+/=\s]+$/, 'must be base64');
/** Nothing but defaults: older clients write it empty. */
const Preferences = z.union([z.null(), z.strictObject({})]).optional();

const server = z
  .url({ protocol: /^https$/ })
  .max(2048)
  .refine((text) => !/[@?#\s]/.test(text), 'must be https://HOST[:PORT][/PATH] and nothing else');

const Cluster = z.strictObject({
  server,
  'certificate-authority-data': data.optional(),
  'tls-server-name': z.hostname().max(253).optional(),
});

const User = z.strictObject({
  'client-certificate-data': data.optional(),
  'client-key-data': data.optional(),
  token: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be printable')
    .optional(),
});

/** By an allow-list, everywhere: also what is not current must not name a file, a program, a proxy or another identity. */
const Kubeconfig = z.strictObject({
  apiVersion: z.literal('v1').optional(),
  kind: z.literal('Config').optional(),
  preferences: Preferences,
  'current-context': name,
  clusters: z.array(z.strictObject({ name, cluster: Cluster })),
  users: z.array(z.strictObject({ name, user: z.union([User, z.null()]) })),
  contexts: z.array(
    z.strictObject({
      name,
      context: z.strictObject({ cluster: name, user: name, namespace: z.string().optional() }),
    }),
  ),
});
type Kubeconfig = z.infer<typeof Kubeconfig>;

/** What is used of it: the cluster and the user of the current context, in the words of the client library. */
export type ForeignAccess = {
  cluster: { name: string; server: string; skipTLSVerify: false; caData?: string; tlsServerName?: string };
  user: { name: string; certData?: string; keyData?: string; token?: string };
};

/** Pure: opens nothing, starts nothing. @throws ByoError `Untrusted`, naming the key that is refused and never a value */
export function parseForeignKubeconfig(text: string): ForeignAccess {
  const parsed = Kubeconfig.safeParse(parseYaml(text));
  if (!parsed.success) throw refused(parsed.error.issues.map(describe).join('; '));
  return currentOf(parsed.data);
}

function parseYaml(text: string): unknown {
  if (text.length > LARGEST) throw refused(`it is larger than ${LARGEST / 1024} KiB`);
  refuseTokens(text);
  try {
    const document = parseDocument(text, { schema: 'core', version: '1.2', logLevel: 'error', prettyErrors: false });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) throw refused(`it is no YAML that we take (${problem.code})`);
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    if (error instanceof ByoError) throw error;
    // The parser recurses, and its errors quote the text.
    throw refused('it is no YAML that we take');
  }
}

function refuseTokens(text: string): void {
  let left = MOST_TOKENS;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token) ?? '';
    if (REFUSED_TOKENS.has(type)) throw refused(`it has a YAML ${type.replace('-line', '')}`);
    if ((left -= 1) < 0) throw refused(`it has more than ${MOST_TOKENS} YAML tokens`);
  }
}

function describe({ path, code, message, ...issue }: z.core.$ZodIssue): string {
  const where = path.join('.') || 'its root';
  if (code === 'unrecognized_keys' && 'keys' in issue)
    return `${where} has ${issue.keys.join(', ')}, which is not used`;
  return `${where}: ${message}`;
}

function currentOf(config: Kubeconfig): ForeignAccess {
  const wanted = config['current-context'];
  const context = config.contexts.find((one) => one.name === wanted)?.context;
  const cluster = config.clusters.find((one) => one.name === context?.cluster);
  const user = config.users.find((one) => one.name === context?.user);
  if (!cluster || !user) throw refused('its current context names no cluster and user that are in it');
  return { cluster: clusterOf(cluster), user: userOf(user) };
}

function clusterOf({ name: clusterName, cluster }: Kubeconfig['clusters'][number]): ForeignAccess['cluster'] {
  const { server: url, 'certificate-authority-data': caData, 'tls-server-name': tlsServerName } = cluster;
  return {
    name: clusterName,
    server: url,
    skipTLSVerify: false,
    ...(caData && { caData }),
    ...(tlsServerName && { tlsServerName }),
  };
}

function userOf({ name: userName, user }: Kubeconfig['users'][number]): ForeignAccess['user'] {
  const { 'client-certificate-data': certData, 'client-key-data': keyData, token } = user ?? {};
  return { name: userName, ...(certData && { certData }), ...(keyData && { keyData }), ...(token && { token }) };
}

function refused(why: string): ByoError {
  return new ByoError('Untrusted', `the kubeconfig is not used: ${printable(why, 400)}`, {
    remedy: 'It may hold server (https), certificate-authority-data, client certificate and key as data, or a token',
    retryable: false,
  });
}
