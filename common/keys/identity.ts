// Who a certificate is for: a SPIFFE id in its URI SAN, built by the controller from what it knows, never from a request.

/** The parties that hold a certificate of our CA. `hostID` is compared byte by byte; names are for display only. */
export type Identity =
  | { kind: 'host'; installation: string; hostID: string }
  | { kind: 'gateway'; installation: string }
  | { kind: 'controller'; installation: string };

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const PATTERN = new RegExp(`^spiffe://(${UUID})/(?:host/(${UUID})|(gateway|controller))$`);

/** `spiffe://<installation>/host/<host id>`, `…/gateway` or `…/controller`; installation = the random id beside the CA (`common/pki/ca-secret.ts`). */
export function spiffeIdOf(identity: Identity): string {
  const path = identity.kind === 'host' ? `host/${identity.hostID}` : identity.kind;
  return `spiffe://${identity.installation}/${path}`;
}

/**
 * The identity in a certificate's subjectAltName as Node prints it (`URI:spiffe://…`, `DNS:…`, comma-separated; quoted
 * when it holds a comma), or undefined unless exactly one URI stands there and it is one of ours.
 */
export function parseIdentity(subjectAltName: string | undefined): Identity | undefined {
  const uris = (subjectAltName ?? '').split(', ').filter((name) => name.startsWith('URI:'));
  const [only] = uris;
  const match = uris.length === 1 ? PATTERN.exec((only ?? '').slice('URI:'.length)) : null;
  const [, installation, hostID, kind] = match ?? [];
  if (installation === undefined) return undefined;
  if (hostID !== undefined) return { kind: 'host', installation, hostID };
  return kind === 'gateway' ? { kind, installation } : { kind: 'controller', installation };
}
