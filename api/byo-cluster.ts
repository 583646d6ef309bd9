// ByoCluster: the infrastructure of one cluster, which for machines that exist is an endpoint (contract, "InfraCluster").
import { z } from 'zod';
import { Initialization } from './byo-machine.ts';
import { Conditions, ObjectMeta } from './meta.ts';

export const ByoClusterSpec = z
  .object({
    controlPlaneEndpoint: z
      .object({
        host: z.string().max(512).optional().describe('Address or name of the API server.'),
        port: z.int().min(0).max(65535).optional().describe('Port of the API server; 6443 when left out or 0.'),
      })
      .optional()
      .describe('Where the API server of the cluster answers; may instead be set on the Cluster.'),
    bundleLookupBaseRegistry: z.string().max(2048).optional().describe('BYOH: base of bundle references.'),
  })
  .describe('Endpoint of the cluster.');
export type ByoClusterSpec = z.infer<typeof ByoClusterSpec>;

const FailureDomain = z.object({
  name: z.string().min(1).max(256).describe('Name of the failure domain.'),
  controlPlane: z.boolean().optional().describe('Control planes may stand here.'),
});

export const ByoClusterStatus = z
  .object({
    initialization: Initialization.optional(),
    failureDomains: z
      .array(FailureDomain)
      .max(100)
      .optional()
      .describe('Failure domains of the hosts in the namespace.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
    conditions: Conditions.optional(),
  })
  .describe('State of the cluster infrastructure.');
export type ByoClusterStatus = z.infer<typeof ByoClusterStatus>;

export const ByoCluster = z.object({ metadata: ObjectMeta, spec: ByoClusterSpec, status: ByoClusterStatus.optional() });
export type ByoCluster = z.infer<typeof ByoCluster>;
