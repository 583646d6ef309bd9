// The few fields of Cluster API's own kinds (v1beta2) that we read.
import { z } from 'zod';
import { ObjectMeta } from './meta.ts';

const Blocks = z.object({ cidrBlocks: z.array(z.string()).default([]) }).optional();

export const Cluster = z.object({
  metadata: ObjectMeta,
  spec: z
    .object({
      paused: z.boolean().optional(),
      controlPlaneEndpoint: z.object({ host: z.string().default(''), port: z.int().default(0) }).optional(),
      infrastructureRef: z.object({ kind: z.string(), name: z.string() }).optional(),
      // What cannot be read there says nothing; the host knows some of it by itself.
      clusterNetwork: z.object({ pods: Blocks, services: Blocks }).optional().catch(undefined),
    })
    .default({}),
  status: z
    .object({
      initialization: z
        .object({
          infrastructureProvisioned: z.boolean().optional(),
          controlPlaneInitialized: z.boolean().optional(),
        })
        .optional(),
    })
    .optional(),
});
export type Cluster = z.infer<typeof Cluster>;

export const Machine = z.object({
  metadata: ObjectMeta,
  spec: z.object({
    clusterName: z.string(),
    version: z.string().optional(),
    failureDomain: z.string().optional(),
    providerID: z.string().optional(),
    bootstrap: z.object({ dataSecretName: z.string().optional() }).default({}),
    infrastructureRef: z.object({ kind: z.string(), name: z.string() }).optional(),
  }),
  status: z.object({ nodeRef: z.object({ name: z.string() }).optional() }).optional(),
});
export type Machine = z.infer<typeof Machine>;
