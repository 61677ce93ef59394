/** One reading of counters, as an agent's `/stats/summary` gives it. */
export interface UsageSample {
  readonly timeMs: number;
  /** CPU used since the start, in nanoseconds. */
  readonly cpuNanos: number;
  readonly memoryBytes: number;
  /** The agent's own rate, in billionths of a core; used until two readings give a better one. */
  readonly nanoCores?: number | undefined;
}

export interface NodeSample {
  readonly node?: UsageSample | undefined;
  readonly pods: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly containers: readonly { readonly name: string; readonly sample: UsageSample }[];
  }[];
}

/** More pods than a node can have. */
const MAX_PODS = 1_000;
const MAX_CONTAINERS = 100;

/** Reads what is there and leaves out what is not as expected; throws `SyntaxError` only when the text is no JSON. */
export function parseStatsSummary(text: string, nowMs: number): NodeSample {
  const root = fields(JSON.parse(text));
  const pods = list(root['pods'], MAX_PODS).flatMap((pod) => {
    const ref = fields(fields(pod)['podRef']);
    const { name, namespace, uid } = ref;
    if (typeof name !== 'string' || typeof namespace !== 'string' || typeof uid !== 'string') return [];
    const containers = list(fields(pod)['containers'], MAX_CONTAINERS).flatMap((container) => {
      const containerName = fields(container)['name'];
      const sample = sampleOf(container, nowMs);
      return typeof containerName === 'string' && sample ? [{ name: containerName, sample }] : [];
    });
    return [{ namespace, name, uid, containers }];
  });
  return { node: sampleOf(root['node'], nowMs), pods };
}

function sampleOf(value: unknown, nowMs: number): UsageSample | undefined {
  const cpu = fields(fields(value)['cpu']);
  const memory = fields(fields(value)['memory']);
  const { usageCoreNanoSeconds, usageNanoCores, time } = cpu;
  const { workingSetBytes } = memory;
  if (!isCount(usageCoreNanoSeconds) || !isCount(workingSetBytes)) return undefined;
  const timeMs = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return {
    timeMs: Number.isNaN(timeMs) ? nowMs : timeMs,
    cpuNanos: usageCoreNanoSeconds,
    memoryBytes: workingSetBytes,
    ...(isCount(usageNanoCores) ? { nanoCores: usageNanoCores } : {}),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function list(value: unknown, max: number): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, max) : [];
}
