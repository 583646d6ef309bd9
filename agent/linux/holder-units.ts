// Services whose purpose it is to hold an address that moves between machines, and where each is configured.
export const HOLDER_UNITS = [{ unit: 'keepalived.service', configuration: '/etc/keepalived' }] as const;
