// A Secret of the trust that is there and cannot be used: as bad as one that is gone, and never replaced by us either.
import { SYSTEM_NAMESPACE } from '../../api/names.ts';

export class DamagedTrust extends Error {
  constructor(secret: string, fault: string, cause?: unknown) {
    const remedy =
      'Restore it from a backup; or delete it and use `byo trust import`. A new one would shut every enrolled host out';
    super(`Secret ${SYSTEM_NAMESPACE}/${secret} ${fault}. ${remedy}`, cause === undefined ? undefined : { cause });
    this.name = 'DamagedTrust';
  }
}
