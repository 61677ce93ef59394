import type { Registry as MetricsRegistry } from 'prom-client';
import { Gauge } from '../../lib/prometheus.ts';
import type { Registry } from '../registry/registry.ts';
import { versionInfo } from './version.ts';

/** What the server knows of itself, counted when it is asked: objects of each kind, watches that are open, and which version this is. */
export function registerServerMetrics(metrics: MetricsRegistry, registry: Registry): void {
  const objects = new Gauge({
    name: 'apiserver_storage_objects',
    help: 'Number of stored objects by kind.',
    labelNames: ['resource'],
    registers: [],
    collect() {
      for (const { definition, cache } of registry.resources) {
        const { group, plural } = definition.resource;
        this.set({ resource: group === '' ? plural : `${plural}.${group}` }, cache.size);
      }
    },
  });
  const watchers = new Gauge({
    name: 'apiserver_registered_watchers',
    help: 'Number of currently registered watchers by kind.',
    labelNames: ['group', 'version', 'kind'],
    registers: [],
    collect() {
      for (const { definition, cache } of registry.resources) {
        const { group, version, kind } = definition.resource;
        this.set({ group, version, kind }, cache.listenerCount);
      }
    },
  });
  const build = new Gauge({
    name: 'kubernetes_build_info',
    help: 'A metric with a constant 1 value labeled by version.',
    labelNames: ['major', 'minor', 'git_version', 'platform'],
    registers: [],
  });
  const { major, minor, gitVersion, platform } = versionInfo;
  build.set({ major, minor, git_version: gitVersion, platform }, 1);
  for (const gauge of [objects, watchers, build]) metrics.registerMetric(gauge);
}
