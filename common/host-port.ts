// `host:port`, as people write where a program listens or connects.

export type HostPort = { host: string; port: number };

/** Letters that no shell, URL or YAML reads as anything else: such an address becomes part of a printed command. */
const FORM = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9](?:[-a-z0-9._]*[a-z0-9])?)):(\d{1,5})$/i;
const HIGHEST = 65_535;

/** A name or an address, IPv6 in brackets, and a port from 1; undefined for anything else. */
export function parseHostPort(text: string): HostPort | undefined {
  const parsed = parse(text);
  return parsed && parsed.port > 0 ? parsed : undefined;
}

/** Where to listen: `:8443` is every address, port 0 any free one. */
export function parseListen(text: string): HostPort | undefined {
  return parse(text.startsWith(':') ? `[::]${text}` : text);
}

/** As a server's `listen` takes it: every address, where a machine has no IPv6, is every one of IPv4. */
export function listenOptions({ host, port }: HostPort): { host?: string; port: number } {
  // Without a host Node tries `::` and falls back to 0.0.0.0; with one it does not.
  return host === '::' ? { port } : { host, port };
}

/** A TCP port that something can be reached at. */
export function parsePort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port > 0 && port <= HIGHEST ? port : undefined;
}

function parse(text: string): HostPort | undefined {
  const [, bracketed, plain, digits = ''] = FORM.exec(text) ?? [];
  const host = bracketed ?? plain;
  return host !== undefined && Number(digits) <= HIGHEST ? { host, port: Number(digits) } : undefined;
}
