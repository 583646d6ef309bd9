// Operation `install/<version>`: from a bare host to a running containerd and an enabled kubelet.
import type { InstallArguments } from '../../api/orders.ts';
import type { OperationPlan } from '../runner/step.ts';
import { disableSwap } from './install-disable-swap.ts';
import { enableKubelet } from './install-enable-kubelet.ts';
import { fetchBundle } from './install-fetch-bundle.ts';
import { importImages } from './install-import-images.ts';
import { loadKernelModules } from './install-load-kernel-modules.ts';
import { setSysctls } from './install-set-sysctls.ts';
import { startContainerd } from './install-start-containerd.ts';
import { unpackBinaries } from './install-unpack-binaries.ts';
import { writeContainerdConfig } from './install-write-containerd-config.ts';
import { writeKubeletDropIn } from './install-write-kubelet-drop-in.ts';
import { writeUnits } from './install-write-units.ts';
import type { InstallDeps } from './installed-bundle.ts';

/** The steps in the order of `INSTALL_STEPS`. */
export function createInstallPlan(deps: InstallDeps): OperationPlan<InstallArguments> {
  return {
    keepsInput: 'journal',
    steps: [
      fetchBundle(deps),
      loadKernelModules,
      setSysctls,
      disableSwap,
      unpackBinaries(deps),
      writeContainerdConfig(deps),
      writeUnits,
      startContainerd,
      importImages(deps),
      writeKubeletDropIn,
      enableKubelet,
    ],
  };
}
