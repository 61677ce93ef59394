import type { Counter, Histogram, Registry as MetricsRegistry } from 'prom-client';
import * as prometheus from '../../lib/prometheus.ts';
import type { InFlight } from './in-flight.ts';
import type { RequestInfo } from './request-info.ts';

const SECONDS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

/** Upstream's metrics of requests, with upstream's names and labels. */
export class RequestMetrics {
  readonly #total: Counter<
    'verb' | 'dry_run' | 'group' | 'version' | 'resource' | 'subresource' | 'scope' | 'component' | 'code'
  >;
  readonly #seconds: Histogram<'verb' | 'group' | 'version' | 'resource' | 'subresource' | 'scope' | 'component'>;
  readonly #terminations: Counter<
    'verb' | 'group' | 'version' | 'resource' | 'subresource' | 'scope' | 'component' | 'code'
  >;

  constructor(registry: MetricsRegistry, inFlight: InFlight) {
    const registers = [registry];
    this.#total = new prometheus.Counter({
      name: 'apiserver_request_total',
      help: 'Requests by verb, group, version, resource, scope, component and HTTP response code.',
      labelNames: ['verb', 'dry_run', 'group', 'version', 'resource', 'subresource', 'scope', 'component', 'code'],
      registers,
    });
    this.#seconds = new prometheus.Histogram({
      name: 'apiserver_request_sli_duration_seconds',
      help: 'Response latency in seconds for each verb, group, version, resource, subresource, scope and component.',
      labelNames: ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'],
      buckets: SECONDS,
      registers,
    });
    this.#terminations = new prometheus.Counter({
      name: 'apiserver_request_terminations_total',
      help: 'Requests that the server ended in self-defense.',
      labelNames: ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component', 'code'],
      registers,
    });
    const inFlightGauge = new prometheus.Gauge({
      name: 'apiserver_current_inflight_requests',
      help: 'Requests that are worked at present, by kind.',
      labelNames: ['request_kind'],
      registers: [],
      collect() {
        this.set({ request_kind: 'readOnly' }, inFlight.reading);
        this.set({ request_kind: 'mutating' }, inFlight.writing);
      },
    });
    registry.registerMetric(inFlightGauge);
  }

  ended(info: RequestInfo, code: number, durationMs: number, isDryRun: boolean): void {
    const labels = labelsOf(info);
    this.#total.inc({ ...labels, code: String(code), dry_run: isDryRun ? 'All' : '' });
    const isLong = labels.verb === 'WATCH' || labels.verb === 'CONNECT';
    if (!isLong && info.kind === 'resource') this.#seconds.observe(labels, durationMs / 1000);
    if (code === 429 || code === 504) this.#terminations.inc({ ...labels, code: String(code) });
  }
}

const connectSubresources: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy', 'log']);

const verbNames: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};

/** Values are bounded: what a client made up (an unknown resource) is not taken as a label; see `known` at the caller. */
function labelsOf(info: RequestInfo) {
  const component = 'apiserver';
  if (info.kind === 'path') {
    return {
      verb: info.verb.toUpperCase(),
      group: '',
      version: '',
      resource: '',
      subresource: '',
      scope: '',
      component,
    };
  }
  const { group, version, resource, subresource = '', name, namespace } = info;
  const verb = connectSubresources.has(subresource) ? 'CONNECT' : (verbNames[info.verb] ?? info.verb);
  const scope = name === undefined ? (namespace === undefined ? 'cluster' : 'namespace') : 'resource';
  return { verb, group, version, resource, subresource, scope, component };
}
