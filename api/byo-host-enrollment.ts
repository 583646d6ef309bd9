// ByoHostEnrollment: who may register a host, how many, until when. What was used up stands in spec, since a move drops status.
import { z } from 'zod';
import { Conditions, ObjectMeta } from './meta.ts';

const labelValue = z
  .string()
  .max(63)
  .regex(/^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/);

/** A host that used the enrollment: written by compare-and-swap before the ByoHost is made, so that a lost answer may be asked for again with the same keys. */
export const Admitted = z
  .object({
    hostID: z.uuid().describe('Identity given to the host.'),
    name: z.string().max(253).describe('Name of its ByoHost.'),
    tlsKey: z.string().max(128).describe('RFC 7638 thumbprint of its TLS key.'),
    sealingKey: z.string().max(128).describe('RFC 7638 thumbprint of its sealing key.'),
    admittedAt: z.iso.datetime().describe('When the host was admitted.'),
    registered: z
      .boolean()
      .optional()
      .describe('Its ByoHost was made: when that is gone, somebody removed the host, and it is not made again.'),
  })
  .describe('A host that used this enrollment.');
export type Admitted = z.infer<typeof Admitted>;

export const ByoHostEnrollmentSpec = z
  .object({
    hosts: z.int().min(1).max(1000).default(1).describe('How many hosts may register with the token.'),
    expiresAt: z.iso.datetime().describe('Until when the token is good (RFC 3339, UTC).'),
    labels: z
      .record(z.string(), labelValue)
      .optional()
      .describe('Labels of the ByoHosts: granted here, never asked for by a host.'),
    hostName: z
      .string()
      .max(253)
      .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
      .optional()
      .describe('Name of the ByoHost, for one host; without it the hostname is taken as a wish.'),
    failureDomain: z.string().max(256).optional().describe('Failure domain of the ByoHosts.'),
    replaceHost: z
      .string()
      .max(253)
      .optional()
      .describe('Name of the ByoHost whose re-imaged machine registers again: it keeps its host id.'),
    replaceRevoked: z
      .boolean()
      .optional()
      .describe(
        'The ByoHost of replaceHost may be one that was revoked (no TLS key is pinned); set by whoever may update byohosts/claim.',
      ),
    admitted: z
      .array(Admitted)
      .max(1000)
      .optional()
      .describe('Hosts that used it; written by the controller alone.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['hostID'] }),
  })
  .describe('Who may register.')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: 'has(self.replaceHost) == has(oldSelf.replaceHost) && (!has(self.replaceHost) || self.replaceHost == oldSelf.replaceHost)',
        message: 'replaceHost cannot change',
      },
      {
        rule: '!has(self.replaceHost) || self.hosts == 1',
        message: 'a replacement registers one host',
      },
      {
        rule: '!has(self.replaceRevoked) || !self.replaceRevoked || has(self.replaceHost)',
        message: 'replaceRevoked says more of replaceHost, which is missing',
      },
      {
        rule: '!has(self.hostName) || self.hosts == 1',
        message: 'a name is for one host',
      },
    ],
  });

export const ByoHostEnrollmentStatus = z
  .object({
    used: z.int().min(0).optional().describe('Hosts registered so far.'),
    conditions: Conditions.optional(),
  })
  .describe('What became of it.');

export const ByoHostEnrollment = z.object({
  metadata: ObjectMeta,
  spec: ByoHostEnrollmentSpec,
  status: ByoHostEnrollmentStatus.optional(),
});
export type ByoHostEnrollment = z.infer<typeof ByoHostEnrollment>;
