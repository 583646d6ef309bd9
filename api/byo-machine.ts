// ByoMachine: the wish for one host as a Kubernetes node (Cluster API contract, "InfraMachine").
import { z } from 'zod';
import { HostInfo } from './byo-host.ts';
import { Conditions, LabelSelector, ObjectMeta, ObjectReference } from './meta.ts';

export const ByoMachineSpec = z
  .object({
    selector: LabelSelector.optional().describe('Which hosts of the namespace may serve; empty means any.'),
    providerID: z.string().min(1).max(512).optional().describe('byoh://<host id>/<claim generation>, set once.'),
    installerRef: ObjectReference.optional().describe('K8sInstallerConfigTemplate that says what to install.'),
  })
  .describe('Which host is wanted and how it is installed.')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: '!has(oldSelf.providerID) || (has(self.providerID) && self.providerID == oldSelf.providerID)',
        message: 'providerID is set once',
      },
    ],
  });
export type ByoMachineSpec = z.infer<typeof ByoMachineSpec>;

/** `MachineAddress` of the contract. */
const MachineAddress = z.object({
  type: z.enum(['Hostname', 'ExternalIP', 'InternalIP', 'ExternalDNS', 'InternalDNS']).describe('Kind of address.'),
  address: z.string().min(1).max(256).describe('The address.'),
});

/** `status.initialization` of the contract: never unset once true. */
export const Initialization = z
  .object({ provisioned: z.boolean().optional().describe('The infrastructure exists.') })
  .describe('Milestones that Cluster API waits for.');

export const ByoMachineStatus = z
  .object({
    initialization: Initialization.optional(),
    addresses: z
      .array(MachineAddress)
      .max(64)
      .optional()
      .describe('Addresses of the host.')
      .meta({ 'x-kubernetes-list-type': 'atomic' }),
    failureDomain: z.string().max(256).optional().describe('Failure domain of the host.'),
    hostRef: z
      .object({ name: z.string().describe('Name of the ByoHost.'), hostID: z.string().describe('Its host id.') })
      .optional()
      .describe('The claimed host.'),
    hostinfo: HostInfo.optional(),
    conditions: Conditions.optional(),
  })
  .describe('Where the machine is on its road.');
export type ByoMachineStatus = z.infer<typeof ByoMachineStatus>;

export const ByoMachine = z.object({ metadata: ObjectMeta, spec: ByoMachineSpec, status: ByoMachineStatus.optional() });
export type ByoMachine = z.infer<typeof ByoMachine>;
