import type { Container, Pod, Probe } from '../../lib/kube/types.ts';
import { annotations } from '../../lib/names.ts';
import type { ProbeType } from '../../lib/signals/records.ts';
import type { HttpTarget } from './http-check.ts';

/** What one attempt does. Addresses of the pod are filled in at each attempt: they come with the sandbox. */
export type Check =
  | { readonly kind: 'http'; readonly target: Omit<HttpTarget, 'host'>; readonly host?: string | undefined }
  | { readonly kind: 'tcp'; readonly port: number; readonly host?: string | undefined }
  | { readonly kind: 'grpc'; readonly port: number; readonly service: string }
  | { readonly kind: 'exec'; readonly command: readonly string[] }
  | { readonly kind: 'invalid'; readonly message: string };

/** A probe with every default filled in, in milliseconds. */
export interface ProbeSpec {
  readonly type: ProbeType;
  readonly check: Check;
  /** `GET :81/healthz`. */
  readonly checkText: string;
  readonly initialDelayMs: number;
  readonly timeoutMs: number;
  readonly periodMs: number;
  /** Period until the first success. */
  readonly startPeriodMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
  /** The probe's own grace; absent = the pod's. */
  readonly graceMs?: number | undefined;
}

/** Faster would load the node more than it would tell. */
const MIN_PERIOD_MS = 50;
const DEFAULT_PERIOD_SECONDS = 10;
const DEFAULT_FAILURES = 3;

/** The probes that a container asks for. */
export function probeSpecs(pod: Pod, container: Container): readonly ProbeSpec[] {
  const specs: ProbeSpec[] = [];
  if (container.startupProbe) specs.push(probeSpec(pod, container, 'startup', container.startupProbe));
  if (container.livenessProbe) specs.push(probeSpec(pod, container, 'liveness', container.livenessProbe));
  if (container.readinessProbe) specs.push(probeSpec(pod, container, 'readiness', container.readinessProbe));
  return specs;
}

function probeSpec(pod: Pod, container: Container, type: ProbeType, probe: Probe): ProbeSpec {
  const check = checkOf(container, probe);
  const periodMs =
    annotatedMs(pod, annotations.probePeriodMs) ?? (probe.periodSeconds ?? DEFAULT_PERIOD_SECONDS) * 1000;
  return {
    type,
    check,
    checkText: checkText(check),
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1000,
    timeoutMs: (probe.timeoutSeconds ?? 1) * 1000,
    periodMs,
    startPeriodMs: type === 'liveness' ? periodMs : (annotatedMs(pod, annotations.probeStartPeriodMs) ?? periodMs),
    successThreshold: type === 'readiness' ? (probe.successThreshold ?? 1) : 1,
    failureThreshold: probe.failureThreshold ?? DEFAULT_FAILURES,
    ...(probe.terminationGracePeriodSeconds === undefined || type === 'readiness'
      ? {}
      : { graceMs: probe.terminationGracePeriodSeconds * 1000 }),
  };
}

function annotatedMs(pod: Pod, name: string): number | undefined {
  const ms = Number(pod.metadata?.annotations?.[name] ?? Number.NaN);
  return Number.isFinite(ms) && ms > 0 ? Math.max(ms, MIN_PERIOD_MS) : undefined;
}

function checkOf(container: Container, probe: Probe): Check {
  if (probe.exec) return { kind: 'exec', command: probe.exec.command ?? [] };
  if (probe.grpc) return { kind: 'grpc', port: probe.grpc.port, service: probe.grpc.service ?? '' };
  if (probe.tcpSocket) {
    const port = portOf(container, probe.tcpSocket.port);
    return port === undefined ? unknownPort(probe.tcpSocket.port) : { kind: 'tcp', port, host: probe.tcpSocket.host };
  }
  if (probe.httpGet) return httpGetCheck(container, probe.httpGet);
  return { kind: 'invalid', message: 'missing probe handler' };
}

type Port = NonNullable<Probe['tcpSocket']>['port'];

/** Also for lifecycle hooks, which speak HTTP in the same way. */
export function httpGetCheck(container: Container, get: NonNullable<Probe['httpGet']>): Check {
  const port = portOf(container, get.port);
  if (port === undefined) return unknownPort(get.port);
  const path = get.path === undefined || get.path === '' ? '/' : get.path;
  return {
    kind: 'http',
    target: {
      scheme: get.scheme === 'HTTPS' ? 'https' : 'http',
      port,
      path: path.startsWith('/') ? path : `/${path}`,
      headers: get.httpHeaders ?? [],
    },
    host: get.host || undefined,
  };
}

function unknownPort(port: Port): Check {
  return { kind: 'invalid', message: `couldn't find port: ${String(port)}` };
}

/** Named ports resolve against the container's own. */
function portOf(container: Container, port: Port): number | undefined {
  const asNumber = Number(port);
  if (Number.isInteger(asNumber) && asNumber > 0 && asNumber < 65536) return asNumber;
  return container.ports?.find(({ name }) => name === port)?.containerPort;
}

function checkText(check: Check): string {
  switch (check.kind) {
    case 'http': {
      const host = check.host ?? '';
      return `GET ${check.target.scheme === 'https' ? 'https://' : ''}${host}:${check.target.port}${check.target.path}`;
    }
    case 'tcp':
      return `TCP ${check.host ?? ''}:${check.port}`;
    case 'grpc':
      return `gRPC :${check.port}${check.service === '' ? '' : ` ${check.service}`}`;
    case 'exec':
      return `exec ${check.command.join(' ')}`.slice(0, 256);
    case 'invalid':
      return check.message;
  }
}
