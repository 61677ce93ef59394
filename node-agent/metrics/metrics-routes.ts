import type { ServerResponse } from 'node:http';
import type { Route } from '../http/route.ts';
import type { AgentMetrics } from './agent-metrics.ts';
import { cadvisorMetrics } from './cadvisor-metrics.ts';
import type { NodeStatsReader } from './node-stats.ts';
import type { ProbeMetrics } from './probe-metrics.ts';
import { resourceMetrics } from './resource-metrics.ts';
import { statsSummary } from './stats-summary.ts';

export interface MetricsRoutesOptions {
  readonly nodeName: string;
  /** When the agent started, in milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly stats: NodeStatsReader;
  readonly agent: AgentMetrics;
  readonly probes: ProbeMetrics;
}

const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * The agent's figures over HTTP, under the kubelet's paths.
 *
 *     const usage = new ContainerUsage(new DockerEndpoint(config.dockerHost));
 *     const stats = new NodeStatsReader({ pods, usage, clock, capacity, stateDir: config.stateDir, ownUsage });
 *     const probes = new ProbeMetrics();                       // probes.observe(record) on each attempt
 *     const agent = new AgentMetrics(config.nodeName, pods);
 *     routes.push(...metricsRoutes({ nodeName: config.nodeName, startedAtMs: clock.now(), stats, agent, probes }));
 */
export function metricsRoutes({ nodeName, startedAtMs, stats, agent, probes }: MetricsRoutesOptions): readonly Route[] {
  const route = (path: string, type: string, body: () => Promise<string>): Route => ({
    method: 'GET',
    path,
    handler: async (_request, response) => send(response, type, await body()),
  });
  return [
    route('/stats/summary', 'application/json', async () =>
      JSON.stringify(statsSummary(nodeName, startedAtMs, await stats.read())),
    ),
    route('/metrics', PROMETHEUS_TEXT, () => agent.text()),
    route('/metrics/cadvisor', PROMETHEUS_TEXT, async () => cadvisorMetrics(nodeName, await stats.read())),
    route('/metrics/resource', PROMETHEUS_TEXT, async () => resourceMetrics(await stats.read())),
    route('/metrics/probes', PROMETHEUS_TEXT, () => {
      probes.keepOnly(agent.podUids());
      return probes.text();
    }),
  ];
}

function send(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
