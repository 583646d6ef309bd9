// K8sInstallerConfig: which bundle carries which Kubernetes version, by digest.
import { z } from 'zod';
import { Conditions, ObjectReference } from './meta.ts';

const BundleVersion = z
  .object({
    version: z
      .string()
      .regex(/^v\d+\.\d+\.\d+/)
      .describe('Kubernetes version, e.g. v1.36.3.'),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/)
      .describe('Digest of the OCI image index that is the bundle.'),
  })
  .describe('The bundle of one Kubernetes version.');

/** No user, password or query: an address is shown in statuses and logs, and credentials for a source are never given. */
const MIRROR = /^(https?:\/\/[^@?#\s]+|oci(\+http)?:\/\/[^@?#\s]+|(file|gateway):\/\/\/\S*|\/\S*)$/;

export const K8sInstallerConfigSpec = z
  .object({
    bundleRepo: z
      .string()
      .min(1)
      .max(2048)
      .describe(
        'Where bundles are: file:///folder on the host, gateway:/// for the folder of the gateway, http(s)://server/folder ' +
          'for an OCI layout on a web server, oci://registry/repository (oci+http:// without TLS).',
      ),
    mirrors: z
      .array(z.string().max(2048).regex(MIRROR))
      .max(8)
      .optional()
      .describe(
        'Where bundles are asked for first, in this order, in the forms of bundleRepo. What a mirror does not give, or ' +
          'gives wrongly, comes from the next, and from bundleRepo at last; a download goes on where it stopped.',
      )
      .meta({ 'x-kubernetes-list-type': 'atomic' }),
    bundleType: z.enum(['k8s']).describe('Only k8s.'),
    versions: z
      .array(BundleVersion)
      .max(64)
      .optional()
      .describe('Digest per Kubernetes version.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['version'] }),
    allowFloatingTag: z
      .boolean()
      .optional()
      .describe('Accept whatever the tag of the version names now, when no digest is given.'),
  })
  .describe('Which bundle is installed.');
export type K8sInstallerConfigSpec = z.infer<typeof K8sInstallerConfigSpec>;

export const K8sInstallerConfigStatus = z
  .object({
    ready: z.boolean().optional().describe('BYOH: the installation may be used.'),
    installationSecret: ObjectReference.optional().describe('BYOH; never set, since nothing secret is needed.'),
    conditions: Conditions.optional(),
  })
  .describe('State of the installer configuration.');
