import type { Board } from '../board.ts';
import { stat, timeSeries } from '../panels.ts';
import { queries as q } from '../queries.ts';

export const cluster: Board = {
  uid: 'vigil-cluster',
  title: 'Vigil / Cluster',
  description: 'Is the cluster well: nodes, pods, restarts, the API and its loops.',
  variables: [],
  rows: [
    {
      title: 'State',
      panels: [
        stat('Nodes ready', 'Nodes whose Ready condition is true.', 'short', [q.nodesReady]),
        stat('Nodes', 'Nodes that are registered.', 'short', [q.nodes]),
        stat(
          'Pods not ready',
          'Pods whose Ready condition is false.',
          'short',
          [{ expr: `sum(${q.podsNotReady.expr})`, legend: 'not ready' }],
          1,
          5,
        ),
        stat(
          'Restarts in 10 min',
          'Container restarts within ten minutes.',
          'short',
          [{ expr: `sum(${q.restarts.expr})`, legend: 'restarts' }],
          1,
          10,
        ),
      ],
    },
    {
      title: 'Pods',
      panels: [
        timeSeries('Pods by phase', 'Where in their life pods are.', 'short', [q.podsByPhase]),
        timeSeries('Restarts', 'Restarts within ten minutes, by namespace.', 'short', [q.restarts]),
      ],
    },
    {
      title: 'Use',
      panels: [
        timeSeries('CPU by node', 'Cores in use by containers.', 'cores', [q.clusterCpu]),
        timeSeries('Memory by node', 'Working set of containers.', 'bytes', [q.clusterMemory]),
      ],
    },
    {
      title: 'Control plane',
      panels: [
        timeSeries('API requests', 'Requests a second by verb.', 'ops', [q.apiRequests]),
        timeSeries('API latency', '99th percentile by verb, watches left out.', 's', [q.apiLatency]),
        timeSeries('API errors', 'Answers of 500 and above.', 'ops', [q.apiErrors]),
        timeSeries('Work that waits', 'Keys in work queues and pods without a node.', 'short', [
          q.queueDepth,
          q.pendingPods,
        ]),
      ],
    },
  ],
};
