import { hash } from 'node:crypto';
import { memoized } from '../../lib/memoized.ts';
import { pods, serviceAccounts } from '../../lib/kube/resources.ts';
import { forbidden } from '../../lib/kube/status-errors.ts';
import type { Container, Pod, PodSpec, ServiceAccount, Volume } from '../../lib/kube/types.ts';
import type { AdmissionPlugin } from '../registry/admission.ts';
import type { Chance } from '../registry/chance.ts';
import { createObject } from '../registry/create.ts';
import type { Registry } from '../registry/registry.ts';
import { systemContext } from '../registry/request.ts';

const DEFAULT_ACCOUNT = 'default';
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
const SUFFIX_LENGTH = 5;
const MAX_KNOWN = 1_024;
/** A little over an hour, so that an agent that renews at 80 % does so before the hour. */
const TOKEN_SECONDS = 3607;

/** Gives a pod its service account and, unless that is turned off, the volume with the account's token. */
export function serviceAccountAdmission(registry: Registry): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    async admit(request) {
      if (
        request.operation !== 'CREATE' ||
        request.definition.resource.plural !== 'pods' ||
        request.subresource !== undefined
      )
        return;
      const pod = request.object as Pod | undefined;
      if (!pod?.spec) return;
      const namespace = request.namespace ?? '';
      const name = pod.spec.serviceAccountName || pod.spec.serviceAccount || DEFAULT_ACCOUNT;
      const account = await accountOf(registry, namespace, name, request.name);
      pod.spec.serviceAccountName = name;
      pod.spec.serviceAccount = name;
      if (account.imagePullSecrets && !pod.spec.imagePullSecrets?.length) {
        pod.spec.imagePullSecrets = account.imagePullSecrets.map((secret) => ({ ...secret }));
      }
      const isMounted = pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
      if (isMounted) mountToken(pod.spec, freeVolumeName(pod.spec, registry.chance, `${namespace}/${name}`));
    },
  };
}

const volumeNameOf = memoized(MAX_KNOWN, (account) => VOLUME_PREFIX + hash('sha1', account).slice(0, SUFFIX_LENGTH));

/** The same for all pods of an account, so that pods of one template have one spec. At random where the pod has such a volume of its own. */
function freeVolumeName(spec: PodSpec, chance: Chance, account: string): string {
  const isTaken = (name: string) => spec.volumes?.some((volume) => volume.name === name) === true;
  let name = volumeNameOf(account);
  while (isTaken(name)) name = VOLUME_PREFIX + chance.suffix();
  return name;
}

/** The account `default` is made when a pod is there before the one who makes it in new namespaces: users should not have to wait for it. */
async function accountOf(
  registry: Registry,
  namespace: string,
  name: string,
  podName: string,
): Promise<ServiceAccount> {
  const resource = registry.of(serviceAccounts);
  const entry = resource.cache.get(`${namespace}/${name}`);
  if (entry) return entry.object;
  if (name !== DEFAULT_ACCOUNT) {
    throw forbidden(
      pods,
      podName,
      `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
    );
  }
  const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
  try {
    return (await createObject(registry, resource, namespace, body, systemContext())).object;
  } catch (error) {
    const made = resource.cache.get(`${namespace}/${name}`);
    if (made) return made.object;
    throw error;
  }
}

function mountToken(spec: PodSpec, volumeName: string): void {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const without = containers.filter((container) => !hasMount(container));
  if (without.length === 0) return;
  spec.volumes = [...(spec.volumes ?? []), tokenVolume(volumeName)];
  for (const container of without) {
    container.volumeMounts = [
      ...(container.volumeMounts ?? []),
      { name: volumeName, readOnly: true, mountPath: MOUNT_PATH },
    ];
  }
}

function hasMount(container: Container): boolean {
  return container.volumeMounts?.some((mount) => mount.mountPath === MOUNT_PATH) === true;
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}
