import { formatDuration } from '../lib/duration.ts';
import { VigilError } from '../lib/errors.ts';
import type {
  ContainerHealth,
  HealthState,
  HealthSummary,
  PodHealth,
  ProbeHealth,
  WorkloadHealth,
} from '../lib/health-api.ts';
import { apiGroups } from '../lib/names.ts';
import { connect } from './api/connect.ts';
import { allNamespacesOption, clusterOptions, namespaceOf, outputOption } from './common-options.ts';
import type { KctlContext, ParsedArguments, Verb } from './command.ts';
import { painter, type Paint, type Tone } from './output/colour.ts';
import { columnsOf, print, printStructured } from './output/print.ts';
import { probeStrip } from './output/probe-strip.ts';
import { table } from './output/table.ts';
import { resourceNamed } from './resource-argument.ts';

const tones: Readonly<Record<HealthState, Tone>> = {
  healthy: 'ok',
  progressing: 'warn',
  degraded: 'warn',
  failing: 'bad',
  unknown: 'dim',
};
const base = `/apis/${apiGroups.health}/v1`;

/** Short words for kinds, as people type them. */
const shortKinds: Readonly<Record<string, string>> = {
  Deployment: 'deploy',
  ReplicaSet: 'rs',
  StatefulSet: 'sts',
  DaemonSet: 'ds',
  Pod: 'pod',
  Job: 'job',
};

export const health: Verb = {
  summary: 'what is well, what is not, since when and why',
  usage: '[pod NAME | KIND/NAME] [-n NAMESPACE | -A]',
  options: { ...clusterOptions, ...allNamespacesOption, ...outputOption },
  async run(args, context) {
    const api = await connect(args, context);
    const paint = painter(context.stdout, context.env, args.flag('no-color'));
    const nowMs = Date.now();
    const target = targetOf(args);
    if (!target) {
      const namespace = namespaceOf(args, api.namespace);
      const query = namespace === undefined ? '' : `?namespace=${encodeURIComponent(namespace)}`;
      const summary = await api.json<HealthSummary>('GET', `${base}/summary${query}`);
      if (!printStructured(args, context, summary))
        printSummary(summary, namespace === undefined, paint, nowMs, context);
      return summary.workloads.some((workload) => workload.state === 'failing') ? 1 : 0;
    }
    const namespace = encodeURIComponent(args.string('namespace') ?? api.namespace);
    const name = encodeURIComponent(target.name);
    if (target.kind === 'Pod') {
      const pod = await api.json<PodHealth>('GET', `${base}/namespaces/${namespace}/pods/${name}`);
      if (!printStructured(args, context, pod)) print(context, podText(pod, paint, nowMs));
      return pod.state === 'failing' ? 1 : 0;
    }
    const workload = await api.json<WorkloadHealth>(
      'GET',
      `${base}/namespaces/${namespace}/workloads/${name}?kind=${target.kind}`,
    );
    if (!printStructured(args, context, workload)) print(context, workloadText(workload, paint, nowMs));
    return workload.workload.state === 'failing' ? 1 : 0;
  },
};

function targetOf(args: ParsedArguments): { kind: string; name: string } | undefined {
  const [first, second] = args.positionals;
  if (first === undefined) return undefined;
  const slash = first.indexOf('/');
  if (slash > 0) return { kind: resourceNamed(first.slice(0, slash)).kind, name: first.slice(slash + 1) };
  if (second !== undefined) return { kind: resourceNamed(first).kind, name: second };
  throw new VigilError('USAGE', 'invalid', `"${first}": name a pod as "pod ${first}" or a workload as deploy/${first}`);
}

function age(since: string, nowMs: number): string {
  const sinceMs = Date.parse(since);
  return Number.isNaN(sinceMs) ? '–' : formatDuration(nowMs - sinceMs);
}

function printSummary(
  summary: HealthSummary,
  everywhere: boolean,
  paint: Paint,
  nowMs: number,
  context: KctlContext,
): void {
  const rows = summary.workloads.map((workload) => [
    ...(everywhere ? [workload.namespace] : []),
    `${shortKinds[workload.kind] ?? workload.kind.toLowerCase()}/${workload.name}`,
    `${workload.ready}/${workload.desired}`,
    paint(tones[workload.state], workload.state),
    age(workload.since, nowMs),
    workload.why,
  ]);
  const nodeRows = summary.nodes.map((node) => [
    ...(everywhere ? [''] : []),
    `node/${node.name}`,
    node.ready === 'True' ? 'Ready' : node.ready === 'False' ? 'NotReady' : 'Unknown',
    paint(tones[node.state], node.schedulable ? node.state : `${node.state}, cordoned`),
    age(node.since, nowMs),
    node.why !== ''
      ? node.why
      : node.heartbeatAgeMs === undefined
        ? ''
        : `heartbeat ${(node.heartbeatAgeMs / 1000).toFixed(1)} s ago`,
  ]);
  const header = [...(everywhere ? ['NAMESPACE'] : []), 'WORKLOAD', 'READY', 'STATE', 'SINCE', 'WHY'];
  print(context, table(header, [...rows, ...nodeRows], columnsOf(context)));
}

function workloadText(workload: WorkloadHealth, paint: Paint, nowMs: number): string {
  const { kind, name, ready, desired, state, since, why } = workload.workload;
  const head = `${kind} ${name} · ${ready}/${desired} ready · ${paint(tones[state], state)} for ${age(since, nowMs)}${why === '' ? '' : ` · ${why}`}`;
  const failures = workload.failuresByNode.map(
    (entry) => `  ${entry.node}  ${entry.count} failures since ${clock(entry.since)}  ${entry.lastReason}`,
  );
  return [head, ...failures, ...workload.pods.map((pod) => podText(pod, paint, nowMs))].join('\n\n');
}

/** The pod's page: probes with their strips, what was done, how the last run ended. */
export function podText(pod: PodHealth, paint: Paint, nowMs: number): string {
  const readiness = pod.ready ? 'ready' : 'not ready';
  const lines = [
    `${paint('bold', pod.name)} on ${pod.node || 'no node yet'} · ${paint(tones[pod.state], readiness)} for ${age(pod.readySince ?? pod.since, nowMs)} · restarted ${pod.restarts} times`,
  ];
  if (pod.why !== '') lines.push(`  ${pod.why}`);
  for (const container of pod.containers) lines.push(...containerLines(container, paint));
  for (const decision of pod.decisions)
    lines.push(`  done   ${clock(decision.time)}  ${decision.decision}: ${decision.reason}`);
  return lines.join('\n');
}

function containerLines(container: ContainerHealth, paint: Paint): string[] {
  const lines = container.probes.map(
    (probe, index) => `  ${(index === 0 ? container.name : '').padEnd(10)} ${probeLine(probe, paint)}`,
  );
  if (lines.length === 0)
    lines.push(
      `  ${container.name.padEnd(10)} ${container.phase}${container.phaseReason === '' ? '' : ` (${container.phaseReason})`}, no probes`,
    );
  const end = container.lastTermination;
  if (end) {
    lines.push(
      `  last   ${clock(end.time)}  ended with exit code ${end.exitCode}: ${end.reason}${end.message === '' ? '' : `, ${end.message}`}`,
    );
    for (const line of end.lastLines.slice(-3)) lines.push(`             ${paint('dim', line)}`);
  }
  return lines;
}

function probeLine(probe: ProbeHealth, paint: Paint): string {
  const tone: Tone =
    probe.state === 'ok' ? 'ok' : probe.state === 'failed' ? 'bad' : probe.state === 'failing' ? 'warn' : 'dim';
  const verdict =
    probe.state === 'failed' || probe.state === 'failing'
      ? `failed ${probe.run}, needs ${probe.failureThreshold}`
      : probe.state;
  const period = probe.periodMs % 1000 === 0 ? `${probe.periodMs / 1000} s` : `${probe.periodMs} ms`;
  const median = probe.p50Ms === undefined ? '' : `p50 ${probe.p50Ms.toFixed(probe.p50Ms < 10 ? 1 : 0)} ms`;
  return [
    probe.probe.padEnd(9),
    probe.check.padEnd(20),
    `every ${period}`.padEnd(11),
    probeStrip(probe.records, paint),
    paint(tone, verdict),
    median,
    probe.state === 'ok' ? '' : probe.output.replaceAll('\n', ' '),
  ]
    .join('  ')
    .trimEnd();
}

/** The time of day, as evidence is read. */
function clock(time: string): string {
  return time.slice(11, 19);
}
