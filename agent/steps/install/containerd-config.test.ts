import { expect, test } from 'vitest';
import { containerdConfig, findSandboxImage } from './containerd-config.ts';

const sandboxImage = 'registry.k8s.io/pause:3.10.2';

test('cgroup v2: systemd drives the cgroups', () => {
  expect(containerdConfig({ cgroup: 'v2', sandboxImage })).toMatchInlineSnapshot(`
    "# Written by byo-agent. Do not edit: put settings of this machine into /etc/containerd/conf.d/*.toml.
    version = 3
    imports = ["/etc/containerd/conf.d/*.toml"]

    [plugins.'io.containerd.cri.v1.images'.pinned_images]
      sandbox = "registry.k8s.io/pause:3.10.2"

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
      SystemdCgroup = true
    "
  `);
});

test('cgroup v1 differs in the driver alone', () => {
  const [one, two] = [
    containerdConfig({ cgroup: 'v1', sandboxImage }),
    containerdConfig({ cgroup: 'v2', sandboxImage }),
  ];
  expect(one).toBe(two.replace('SystemdCgroup = true', 'SystemdCgroup = false'));
  expect(one).not.toBe(two);
});

test('the pause image is found by its name, not by a likeness', () => {
  expect(findSandboxImage(['example.org/unpause:1', 'registry.k8s.io/etcd:3', sandboxImage])).toBe(sandboxImage);
  expect(findSandboxImage(['example.org/pause/tool:1'])).toBeUndefined();
});
