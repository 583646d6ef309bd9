// Who a certificate is for: a SPIFFE id in its URI SAN, built by the controller from what it knows, never from a request.

/** The parties that hold a certificate of our CA. `hostID` is compared byte by byte; names are for display only. */
export type Identity =
  | { kind: 'host'; management: string; hostID: string }
  | { kind: 'gateway'; management: string }
  | { kind: 'controller'; management: string };

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const PATTERN = new RegExp(`^spiffe://(${UUID})/(?:host/(${UUID})|(gateway|controller))$`);

/** `spiffe://<management>/host/<host id>`, `…/gateway` or `…/controller`; management = UID of kube-system. */
export function spiffeIdOf(identity: Identity): string {
  const path = identity.kind === 'host' ? `host/${identity.hostID}` : identity.kind;
  return `spiffe://${identity.management}/${path}`;
}

/**
 * The identity in a certificate's subjectAltName as Node prints it (`URI:spiffe://…`, `DNS:…`, comma-separated; quoted
 * when it holds a comma), or undefined unless exactly one URI stands there and it is one of ours.
 */
export function parseIdentity(subjectAltName: string | undefined): Identity | undefined {
  const uris = (subjectAltName ?? '').split(', ').filter((name) => name.startsWith('URI:'));
  const [only] = uris;
  const match = uris.length === 1 ? PATTERN.exec((only ?? '').slice('URI:'.length)) : null;
  const [, management, hostID, kind] = match ?? [];
  if (management === undefined) return undefined;
  if (hostID !== undefined) return { kind: 'host', management, hostID };
  return kind === 'gateway' ? { kind, management } : { kind: 'controller', management };
}
