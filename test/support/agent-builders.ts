import type { Container, Pod } from '../../lib/kube/types.ts';
import type { EngineContainer, EngineState } from '../../node-agent/runtime/runtime.ts';

/** What an engine has, for tests: whatever a test does not say has an unremarkable value. */

export const agentNowMs = 1_700_000_000_000;

export interface RunOptions {
  readonly state?: EngineState;
  readonly restartCount?: number;
  readonly backOffStep?: number;
  readonly exitCode?: number;
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
  readonly createdAtMs?: number;
  readonly oomKilled?: boolean;
  readonly error?: string;
}

/** A run of a container, by default one that has been running for a second. */
export function run(name: string, options: RunOptions = {}): EngineContainer {
  const state = options.state ?? 'running';
  const restartCount = options.restartCount ?? 0;
  return {
    id: `${name}-${restartCount}`,
    name: `k8s_${name}_${restartCount}`,
    kind: 'container',
    owner: {
      podNamespace: 'default',
      podName: 'a-pod',
      podUid: 'uid-1',
      containerName: name,
      restartCount,
      backOffStep: options.backOffStep ?? restartCount,
      specHash: '',
    },
    state,
    image: 'app:1',
    imageId: 'sha256:1',
    createdAtMs: options.createdAtMs ?? agentNowMs - 1_000,
    startedAtMs: state === 'created' ? undefined : (options.startedAtMs ?? agentNowMs - 1_000),
    finishedAtMs: state === 'exited' ? (options.finishedAtMs ?? agentNowMs) : undefined,
    exitCode: state === 'exited' ? (options.exitCode ?? 0) : undefined,
    oomKilled: options.oomKilled ?? false,
    error: options.error,
  };
}

export function sandbox(state: EngineState = 'running', attempt = 0): EngineContainer {
  const base = run('POD', { state, restartCount: attempt, createdAtMs: agentNowMs - 2_000 });
  return { ...base, id: `sandbox-${attempt}`, kind: 'sandbox', ip: '10.244.1.2' };
}

export function container(name: string, over: Partial<Container> = {}): Container {
  return { name, image: 'app:1', ...over };
}

export function agentPod(spec: Partial<NonNullable<Pod['spec']>> = {}, over: Partial<Pod> = {}): Pod {
  return {
    metadata: { name: 'a-pod', namespace: 'default', uid: 'uid-1', ...over.metadata },
    spec: { containers: [container('main')], restartPolicy: 'Always', terminationGracePeriodSeconds: 30, ...spec },
    ...(over.status ? { status: over.status } : {}),
  };
}
