import type { Runtime } from '../runtime/runtime.ts';
import type { LogSources } from './log-sources.ts';

/**
 * Removes the log sources of containers that are nowhere any more. A container that is just being started has its source before it is observed: the engine itself
 * must not know it either, or its lines would never be shipped.
 */
export async function sweepSources(
  sources: LogSources,
  isObserved: (containerId: string) => boolean,
  runtime: Pick<Runtime, 'inspect'>,
): Promise<void> {
  for (const id of sources.ids()) {
    if (!isObserved(id) && !(await runtime.inspect(id))) await sources.remove(id);
  }
}
