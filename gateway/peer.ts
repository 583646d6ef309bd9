// The seam between the front, which admits connections, and the two halves behind it: the HTTP API and the Temporal proxy.

/**
 * A host that the front has admitted: `hostID` from its certificate, `namespace` and `name` of its ByoHost, `keyID` the
 * RFC 7638 thumbprint of the certificate's key, as pinned there; `address` for logs only.
 */
export type Peer = { hostID: string; namespace: string; name: string; keyID: string; address: string };

/** Writes down one privileged act, or its refusal. `act` and `why` are names of ours, never text of the other side. */
export type Audit = (record: {
  act: string;
  outcome: 'allowed' | 'denied';
  peer?: Peer;
  address?: string;
  why?: string;
  target?: string;
}) => void;
