import type { Container } from '../../../lib/kube/types.ts';
import type { EngineAmounts } from '../../runtime/runtime.ts';
import { engineAmounts } from './engine-amounts.ts';

/** How a container that runs comes to have what was allocated to it. */
export type ResizeStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'restart' }
  | {
      readonly kind: 'update';
      readonly amounts: EngineAmounts;
      /** A lower limit of memory than before: must not be less than what is in use. */
      readonly lowersMemory: boolean;
    };

/** Compares what a container was allocated with what the engine has given it; its resize policy says whether it has to be restarted for that. Pure. */
export function planResize(container: Container, actual: EngineAmounts | undefined): ResizeStep {
  if (!actual) return { kind: 'none' };
  const wanted = engineAmounts(container.resources ?? {});
  // A limit that is there and not wanted cannot come from a resize: those cannot take one away.
  const isOther = (name: keyof EngineAmounts) => wanted[name] !== undefined && wanted[name] !== actual[name];
  const changed = {
    cpu: isOther('cpuShares') || isOther('cpuQuotaUs'),
    memory: isOther('memoryBytes'),
  };
  if (!changed.cpu && !changed.memory) return { kind: 'none' };
  const mustRestart = (container.resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === 'RestartContainer' &&
      ((resourceName === 'cpu' && changed.cpu) || (resourceName === 'memory' && changed.memory)),
  );
  if (mustRestart) return { kind: 'restart' };
  const { memoryBytes } = actual;
  return {
    kind: 'update',
    amounts: wanted,
    lowersMemory: changed.memory && (memoryBytes === undefined || (wanted.memoryBytes ?? 0) < memoryBytes),
  };
}
