import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, VigilError } from '../../lib/errors.ts';
import type { ConfigMap, Container, Pod, Secret } from '../../lib/kube/types.ts';
import { parseLogAnnotations, sentenceOf } from '../../lib/log-annotations/log-annotations.ts';
import type { EngineContainer, ImageDetail, MountConfig } from '../runtime/runtime.ts';
import { containerConfig } from './container-config.ts';
import { containerEnv, envReferences } from './env.ts';
import { POST_START_TIMEOUT_MS, runHook } from './lifecycle-hooks.ts';
import { ownMounts, volumeMounts } from './mounts.ts';
import type { Action } from './action.ts';
import type { PodDeps } from './pod-deps.ts';
import { podGraceMs } from './pod-containers.ts';

type StartAction = Extract<Action, { kind: 'start-container' }>;

/** Image, environment, mounts, create, log source, start, postStart hook. Resolves when the run is seen; throws a `VigilError` that says which step failed. */
export async function startContainer(deps: PodDeps, pod: Pod, action: StartAction, signal: AbortSignal): Promise<void> {
  const { runtime, observer, sources, events } = deps;
  const { container } = action;
  const image = await deps.images.ensure(pod, {
    reference: container.image ?? '',
    policy: container.imagePullPolicy,
    container: container.name,
  });
  checkUser(pod, container, image);
  const env = await resolveEnv(deps, pod, container);
  await deps.imageVolumes.prepare(pod, container, signal);
  const mounts = await prepareMounts(deps, pod, action, env);
  if (action.replaces !== undefined) {
    await runtime.remove(action.replaces);
    await sources.remove(action.replaces);
  }
  const id = await runtime.create(
    containerConfig({
      pod,
      container,
      sandboxId: action.sandbox.id,
      targetId: action.target?.id,
      restartCount: action.restartCount,
      backOffStep: action.backOffStep,
      env,
      mounts,
      machineMemoryBytes: deps.node.machineMemoryBytes,
      minOomScoreAdj: deps.node.minOomScoreAdj,
    }),
  );
  events.event(pod, 'Normal', 'Created', `Container created: ${container.name}`, container.name);
  const created = await runtime.inspect(id);
  if (created) await sources.add(pod, created);
  for (const problem of parseLogAnnotations(pod.metadata?.annotations ?? {}).problems)
    events.event(pod, 'Warning', 'InvalidLogAnnotation', sentenceOf(problem), container.name);
  try {
    await runtime.start(id);
  } catch (error) {
    // The engine keeps it with the error: seen as a run that ended at once.
    await observer.refresh(id);
    throw new VigilError('CONTAINER_START_FAILED', 'transient', messageOf(error), { cause: error });
  }
  events.event(pod, 'Normal', 'Started', `Container started: ${container.name}`, container.name);
  const run = await observer.refresh(id);
  if (run) await postStart(deps, pod, container, run, action.sandbox.ip, signal);
}

async function postStart(
  deps: PodDeps,
  pod: Pod,
  container: Container,
  run: EngineContainer,
  podIP: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const handler = container.lifecycle?.postStart;
  if (!handler) return;
  const target = { container, run, podIP: pod.spec?.hostNetwork === true ? deps.node.nodeIP : podIP };
  const failed = await runHook(handler, target, deps.runCheck, deps.clock, POST_START_TIMEOUT_MS, signal);
  if (failed === undefined) return;
  deps.events.event(pod, 'Warning', 'FailedPostStartHook', `PostStartHook failed: ${failed}`, container.name);
  await deps.runtime.stop(run.id, podGraceMs(pod));
  await deps.observer.refresh(run.id);
}

async function resolveEnv(deps: PodDeps, pod: Pod, container: Container): Promise<ReadonlyMap<string, string>> {
  const { namespace = '', uid = '' } = pod.metadata ?? {};
  const references = envReferences(container);
  const configMaps = new Map<string, ConfigMap | undefined>();
  const secrets = new Map<string, Secret | undefined>();
  for (const name of references.configMaps) configMaps.set(name, await deps.objects.configMap(uid, namespace, name));
  for (const name of references.secrets) secrets.set(name, await deps.objects.secret(uid, namespace, name));
  return containerEnv({
    container,
    facts: deps.facts(pod),
    objects: { configMap: (name) => configMaps.get(name), secret: (name) => secrets.get(name) },
    services: await deps.serviceEnv(namespace, pod.spec?.enableServiceLinks !== false),
  });
}

async function prepareMounts(
  deps: PodDeps,
  pod: Pod,
  action: StartAction,
  env: ReadonlyMap<string, string>,
): Promise<MountConfig[]> {
  const { container, restartCount } = action;
  const mounts = await volumeMounts(pod, container, deps.volumes, env);
  const log = deps.files.terminationLog(pod.metadata?.uid ?? '', container.name, restartCount);
  await mkdir(dirname(log), { recursive: true });
  // Whatever user the container runs as may write it.
  await writeFile(log, '');
  await chmod(log, 0o666);
  return [...mounts, ...ownMounts(pod, container, deps.files, restartCount, mounts)];
}

/** `runAsNonRoot` is a promise that the container is not root; what cannot be shown to hold is refused. */
function checkUser(pod: Pod, container: Container, image: ImageDetail): void {
  const isRequired = container.securityContext?.runAsNonRoot ?? pod.spec?.securityContext?.runAsNonRoot;
  if (isRequired !== true) return;
  const user = container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser;
  if (user !== undefined && user !== 0) return;
  const imageUser = image.user?.split(':', 1)[0] ?? '';
  if (user === undefined && /^\d+$/.test(imageUser) && Number(imageUser) !== 0) return;
  const why =
    user === undefined && imageUser !== '' && !/^\d+$/.test(imageUser)
      ? `container has runAsNonRoot and image has non-numeric user (${imageUser}), cannot verify user is non-root`
      : 'container has runAsNonRoot and image will run as root';
  throw new VigilError('CONTAINER_CONFIG_INVALID', 'invalid', why);
}
