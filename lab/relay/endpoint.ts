// ADDRESS:PORT as text.

/** One end of a TCP connection. */
export type Endpoint = { host: string; port: number };

/** Read `10.0.0.1:80` or `[::1]:80`. Throws on anything else. */
export function parseEndpoint(text: string): Endpoint {
  const match = /^(?:\[([0-9a-f:]+)\]|([^:\s[\]]+)):(\d{1,5})$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535) throw new Error(`not an ADDRESS:PORT: ${text}`);
  return { host, port };
}
