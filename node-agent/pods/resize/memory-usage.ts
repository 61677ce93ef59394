import type { CgroupReader } from '../../metrics/cgroup-reader.ts';
import type { EngineContainer } from '../../runtime/runtime.ts';

/** Reads what a running container uses from its control group; `undefined` where that cannot be read. */
export function memoryUsageReader(
  cgroups: Pick<CgroupReader, 'groupOf' | 'usageOf'>,
): (run: EngineContainer) => Promise<number | undefined> {
  return async ({ pid }) => {
    const group = pid === undefined ? undefined : await cgroups.groupOf(pid);
    return group && (await cgroups.usageOf(group))?.workingSetBytes;
  };
}
