// The containerd configuration of a host: version 3, drop-ins imported, our pinned pause image, the right cgroup driver.

/** What the configuration depends on. `sandboxImage` is the pause image of the bundle itself. */
export type ContainerdFacts = { cgroup: 'v1' | 'v2'; sandboxImage: string };

/**
 * config.toml (containerd docs/cri/config.md, version 3). systemd is the cgroup driver on v2, cgroupfs on v1; the kubelet
 * (>= 1.34) asks containerd which it is, so that the two cannot differ. Imported last: drop-ins win over this file.
 */
export function containerdConfig(facts: ContainerdFacts): string {
  return `# Written by byo-agent. Do not edit: put settings of this machine into /etc/containerd/conf.d/*.toml.
version = 3
imports = ["/etc/containerd/conf.d/*.toml"]

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "${facts.sandboxImage}"

[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = "/etc/containerd/certs.d"

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["/opt/cni/bin"]
  conf_dir = "/etc/cni/net.d"

[plugins.'io.containerd.cri.v1.runtime'.containerd]
  default_runtime_name = "runc"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = ${facts.cgroup === 'v2'}
`;
}

/** The pause image among the images of a bundle, or undefined. */
export function findSandboxImage(references: readonly string[]): string | undefined {
  return references.find((reference) => /(^|\/)pause:[^/]+$/.test(reference));
}
