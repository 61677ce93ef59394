import type { Deployment, Probe } from '../../lib/kube/types.ts';

export interface LineWriterOptions {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** A readiness probe on /tmp/ready, which is there at first. */
  readonly readiness?: boolean;
  /** A liveness probe on /tmp/alive, which is there at first. */
  readonly liveness?: boolean;
  /** Ends with code 3 at once when it runs on this node. */
  readonly crashOnNode?: string;
  /** Keeps a processor busy; asks for a tenth of one. */
  readonly burn?: boolean;
  /** Seconds between two numbered lines; absent = one a second. */
  readonly everySeconds?: number;
}

function fileProbe(path: string): Probe {
  // Five seconds, for a busy machine may take more than one to start a process in a container: that is not what these tests are about.
  return { exec: { command: ['cat', path] }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 3 };
}

/** A Deployment of busybox pods that write numbered lines: `<pod> <n>`. */
export function lineWriter(options: LineWriterOptions): Deployment {
  const labels = { app: options.name };
  const crash =
    options.crashOnNode === undefined
      ? ''
      : `if [ "$NODE" = "${options.crashOnNode}" ]; then echo "cannot work on $NODE"; exit 3; fi; `;
  const body = options.burn
    ? 'while :; do :; done'
    : `n=0; while :; do echo "$HOSTNAME $n"; n=$((n+1)); sleep ${options.everySeconds ?? 1}; done`;
  return {
    metadata: { name: options.name, namespace: options.namespace },
    spec: {
      replicas: options.replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'main',
              image: 'vigil/busybox:dev',
              command: ['sh', '-c', `trap 'exit 0' TERM; touch /tmp/ready /tmp/alive; ${crash}${body}`],
              env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
              resources: {
                requests: { cpu: options.burn ? '100m' : '10m' },
                limits: { cpu: options.burn ? '200m' : '100m' },
              },
              ...(options.readiness ? { readinessProbe: fileProbe('/tmp/ready') } : {}),
              ...(options.liveness ? { livenessProbe: fileProbe('/tmp/alive') } : {}),
            },
          ],
        },
      },
    },
  };
}
