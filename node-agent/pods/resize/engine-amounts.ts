import { milliValue, wholeValue } from '../../../lib/kube/quantity.ts';
import type { Container } from '../../../lib/kube/types.ts';
import type { EngineAmounts } from '../../runtime/runtime.ts';

type Resources = NonNullable<Container['resources']>;

const MIN_CPU_SHARES = 2;
const SHARES_PER_CPU = 1024;
const QUOTA_US_PER_CPU = 100_000;
const MIN_QUOTA_US = 1_000;

/** What an engine is told of requests and limits. A request of memory is for the scheduler alone. */
export function engineAmounts({ limits, requests }: Resources): EngineAmounts {
  const cpu = requests?.['cpu'] ?? limits?.['cpu'];
  const shares = cpu === undefined ? MIN_CPU_SHARES : Math.floor((milliValue(cpu) * SHARES_PER_CPU) / 1000);
  return {
    cpuShares: Math.max(shares, MIN_CPU_SHARES),
    ...(limits?.['cpu'] === undefined
      ? {}
      : { cpuQuotaUs: Math.max(Math.floor((milliValue(limits['cpu']) * QUOTA_US_PER_CPU) / 1000), MIN_QUOTA_US) }),
    ...(limits?.['memory'] === undefined ? {} : { memoryBytes: wholeValue(limits['memory']) }),
  };
}

/** Requests and limits of a container that has these amounts: those allocated, but where the engine says otherwise. */
export function actualResources(allocated: Resources, actual: EngineAmounts | undefined): Resources {
  if (!actual) return allocated;
  const wanted = engineAmounts(allocated);
  const { cpuShares, cpuQuotaUs, memoryBytes } = actual;
  const cpuRequest =
    cpuShares === wanted.cpuShares || cpuShares === undefined || cpuShares <= MIN_CPU_SHARES
      ? undefined
      : milliCpu(Math.ceil((cpuShares * 1000) / SHARES_PER_CPU));
  const cpuLimit =
    cpuQuotaUs === wanted.cpuQuotaUs || cpuQuotaUs === undefined
      ? undefined
      : milliCpu(Math.ceil((cpuQuotaUs * 1000) / QUOTA_US_PER_CPU));
  const memoryLimit =
    memoryBytes === wanted.memoryBytes || memoryBytes === undefined ? undefined : byteText(memoryBytes);
  if (cpuRequest === undefined && cpuLimit === undefined && memoryLimit === undefined) return allocated;
  return {
    ...allocated,
    ...(cpuRequest === undefined ? {} : { requests: { ...allocated.requests, cpu: cpuRequest } }),
    ...(cpuLimit === undefined && memoryLimit === undefined
      ? {}
      : {
          limits: {
            ...allocated.limits,
            ...(cpuLimit === undefined ? {} : { cpu: cpuLimit }),
            ...(memoryLimit === undefined ? {} : { memory: memoryLimit }),
          },
        }),
  };
}

function milliCpu(milli: number): string {
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}

function byteText(bytes: number): string {
  for (const [unit, size] of [
    ['Gi', 2 ** 30],
    ['Mi', 2 ** 20],
    ['Ki', 2 ** 10],
  ] as const)
    if (bytes % size === 0) return `${bytes / size}${unit}`;
  return String(bytes);
}
