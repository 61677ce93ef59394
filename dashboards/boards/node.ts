import type { Board } from '../board.ts';
import { stat, timeSeries } from '../panels.ts';
import { queries as q } from '../queries.ts';

export const node: Board = {
  uid: 'vigil-node',
  title: 'Vigil / Node',
  description: 'One node: what runs there, what it uses, how its agent does.',
  variables: [{ name: 'node', label: 'Node', query: 'label_values(kube_node_info, node)' }],
  rows: [
    { title: 'State', panels: [stat('Pods', 'Pods that run here.', 'short', [q.nodePods])] },
    {
      title: 'Use',
      panels: [
        timeSeries('CPU by pod', 'Cores in use against what is allocatable.', 'cores', [
          q.nodeCpu,
          q.nodeAllocatableCpu,
        ]),
        timeSeries('Memory by pod', 'Working set against what is allocatable.', 'bytes', [
          q.nodeMemory,
          q.nodeAllocatableMemory,
        ]),
      ],
    },
    {
      title: 'Agent',
      panels: [
        timeSeries('Relist', 'Time to observe all containers once.', 's', [q.nodeRelist]),
        timeSeries('Runtime errors', 'Calls to the container engine that failed.', 'ops', [q.nodeRuntimeErrors]),
      ],
    },
  ],
};
