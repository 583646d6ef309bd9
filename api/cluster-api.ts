// The few fields of Cluster API's own kinds (v1beta2) that we read.
import { z } from 'zod';
import { ObjectMeta } from './meta.ts';

export const Cluster = z.object({
  metadata: ObjectMeta,
  spec: z
    .object({
      paused: z.boolean().optional(),
      controlPlaneEndpoint: z.object({ host: z.string().default(''), port: z.int().default(0) }).optional(),
      infrastructureRef: z.object({ kind: z.string(), name: z.string() }).optional(),
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
