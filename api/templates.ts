// Templates: what Cluster API clones into ByoClusters, ByoMachines and installer configurations.
import { z } from 'zod';
import { ByoClusterSpec } from './byo-cluster.ts';
import { ByoMachineSpec } from './byo-machine.ts';
import { K8sInstallerConfigSpec } from './installer-config.ts';
import { ObjectMeta, TemplateMetadata } from './meta.ts';

export const ByoMachineTemplateSpec = z
  .object({
    template: z
      .object({ metadata: TemplateMetadata.optional(), spec: ByoMachineSpec })
      .describe('The ByoMachine that is made.'),
  })
  .describe('Template of a ByoMachine.');

export const ByoMachineTemplateStatus = z
  .object({
    capacity: z
      .record(z.string(), z.string())
      .optional()
      .describe('Capacity of a node made of this, for scale from zero.'),
    nodeInfo: z
      .object({
        architecture: z.string().optional().describe('amd64 or arm64.'),
        operatingSystem: z.string().optional().describe('linux.'),
      })
      .optional()
      .describe('What a node made of this would be.'),
  })
  .describe('What machines made of the template would be like.');

export const ByoClusterTemplateSpec = z
  .object({
    template: z
      .object({ metadata: TemplateMetadata.optional(), spec: ByoClusterSpec })
      .describe('The ByoCluster that is made.'),
  })
  .describe('Template of a ByoCluster.');

export const K8sInstallerConfigTemplateSpec = z
  .object({
    template: z
      .object({ metadata: TemplateMetadata.optional(), spec: K8sInstallerConfigSpec })
      .describe('The K8sInstallerConfig that is meant.'),
  })
  .describe('Template of a K8sInstallerConfig.');

export const K8sInstallerConfigTemplate = z.object({ metadata: ObjectMeta, spec: K8sInstallerConfigTemplateSpec });
export type K8sInstallerConfigTemplate = z.infer<typeof K8sInstallerConfigTemplate>;
