import type { Board } from '../board.ts';
import { logLines, timeSeries } from '../panels.ts';
import { queries as q } from '../queries.ts';

export const workload: Board = {
  uid: 'vigil-workload',
  title: 'Vigil / Workload',
  description: 'One Deployment: replicas, use, restarts and its log lines on the same time axis.',
  variables: [
    { name: 'namespace', label: 'Namespace', query: 'label_values(kube_deployment_spec_replicas, namespace)' },
    {
      name: 'workload',
      label: 'Deployment',
      query: 'label_values(kube_deployment_spec_replicas{namespace="$namespace"}, deployment)',
    },
  ],
  rows: [
    {
      title: 'Replicas',
      panels: [
        timeSeries('Replicas', 'Ready against wanted.', 'short', [q.workloadReady, q.workloadWanted]),
        timeSeries('Restarts', 'Restarts within ten minutes, by container.', 'short', [q.workloadRestarts]),
      ],
    },
    {
      title: 'Use',
      panels: [
        timeSeries('CPU', 'Cores in use, by pod.', 'cores', [q.workloadCpu]),
        timeSeries('Memory', 'Working set, by pod.', 'bytes', [q.workloadMemory]),
      ],
    },
    {
      title: 'Logs',
      panels: [
        logLines(
          'Lines',
          'Newest first; also of pods that are gone.',
          'data_stream.dataset:vigil.containers AND kubernetes.namespace:"$namespace" AND vigil.workload.name:"$workload"',
        ),
      ],
    },
  ],
};
