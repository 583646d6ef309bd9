// Operation `install/<version>`: from a bare host to a running containerd and an enabled kubelet.
import type { InstallArguments } from '../../../api/orders.ts';
import type { OperationPlan } from '../../runner/step.ts';
import { disableSwap } from './disable-swap.ts';
import { enableKubelet } from './enable-kubelet.ts';
import { fetchBundle } from './fetch-bundle.ts';
import { importImages } from './import-images.ts';
import { loadKernelModules } from './load-kernel-modules.ts';
import { setSysctls } from './set-sysctls.ts';
import { startContainerd } from './start-containerd.ts';
import { unpackBinaries } from './unpack-binaries.ts';
import { writeContainerdConfig } from './write-containerd-config.ts';
import { writeKubeletDropIn } from './write-kubelet-drop-in.ts';
import { writeUnits } from './write-units.ts';
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
