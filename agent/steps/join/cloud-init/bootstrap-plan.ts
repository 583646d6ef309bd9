// What a bootstrap document asks for, in the order in which it is carried out: boot script, files, run script, sentinel.

/** The file whose presence alone means success (Cluster API's bootstrap contract); /run, so it dies with the boot. */
export const SENTINEL = '/run/cluster-api/bootstrap-success.complete';

/** What the document's template may ask about this machine. */
export type InstanceMetadata = {
  localHostname: string;
  /** Unique per claim. */
  instanceId: string;
  localIpv4?: string | undefined;
  localIpv6?: string | undefined;
  /** The failure domain. */
  availabilityZone?: string | undefined;
  /** providerID of this claim. */
  providerId: string;
};

/** One file to write. Parents are created; `append` adds to what is there instead of replacing it. */
export type BootstrapFile = {
  /** Absolute, normalised, outside of the agent's own folders and the kernel's file systems. */
  path: string;
  content: Buffer;
  /** `user:group`, names or numbers. */
  owner: string;
  /** Mode bits, at most 0o7777. */
  permissions: number;
  append: boolean;
};

/** The plan. Scripts and contents hold secrets: tmpfs and memory only. */
export type BootstrapPlan = {
  files: BootstrapFile[];
  /** bootcmd, runs before the files are written, with INSTANCE_ID in its environment; a failure ends the bootstrap. */
  bootScript?: string;
  /** runcmd; its exit code is its last command's and says nothing: the sentinel does. */
  runScript: string;
  /** Odd but executable; fit for logs and conditions. */
  warnings: string[];
};
