// A file for its owner alone: there as a whole or not at all, and never over another by accident.
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { syncDirectory } from '../common/durable-file.ts';
import { hasCode } from '../common/system-error.ts';
import { UsageError } from './usage-error.ts';

/** Mode 0600 from its first byte. @throws UsageError when a file is there and `force` is not given */
export async function writeSecretFile(path: string, content: string, { force }: { force: boolean }): Promise<void> {
  const temporary = join(dirname(path), `.byo-${randomUUID()}`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // link, unlike rename, fails where a file is.
    await (force ? rename(temporary, path) : link(temporary, path));
    await syncDirectory(dirname(path));
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    throw new UsageError(`${path} is there already`, 'Name another file, or use --force to replace it');
  } finally {
    await rm(temporary, { force: true });
  }
}
