import type { Container, Pod, PodSpec } from '../../../lib/kube/types.ts';

export interface ScriptPodOptions {
  readonly metadata?: Pod['metadata'];
  readonly spec?: Partial<PodSpec>;
  readonly container?: Partial<Container>;
}

/** A pod whose container `main` runs a shell script once. It has no token: that is one volume less to prepare. */
export function scriptPod(name: string, script: string, options: ScriptPodOptions = {}): Pod {
  return {
    metadata: { name, ...options.metadata },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [scriptContainer('main', script, options.container)],
      ...options.spec,
    },
  };
}

export function scriptContainer(name: string, script: string, over: Partial<Container> = {}): Container {
  return { name, image: 'vigil/busybox:dev', command: ['sh', '-c', script], ...over };
}
