import type { Container, Pod } from '../../lib/kube/types.ts';

/** What a pod needs of its namespace, as `secrets/name`, `configmaps/name` and `persistentvolumeclaims/name`. */
export function referencesOf({ spec }: Pod): ReadonlySet<string> {
  const found = new Set<string>();
  const secret = (name: string | undefined) => name && found.add(`secrets/${name}`);
  const configMap = (name: string | undefined) => name && found.add(`configmaps/${name}`);
  for (const { name } of spec?.imagePullSecrets ?? []) secret(name);
  for (const volume of spec?.volumes ?? []) {
    secret(volume.secret?.secretName);
    configMap(volume.configMap?.name);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim) found.add(`persistentvolumeclaims/${claim}`);
    for (const source of volume.projected?.sources ?? []) {
      secret(source.secret?.name);
      configMap(source.configMap?.name);
    }
  }
  const containers = [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ];
  for (const { envFrom, env } of containers as readonly Container[]) {
    for (const source of envFrom ?? []) {
      secret(source.secretRef?.name);
      configMap(source.configMapRef?.name);
    }
    for (const { valueFrom } of env ?? []) {
      secret(valueFrom?.secretKeyRef?.name);
      configMap(valueFrom?.configMapKeyRef?.name);
    }
  }
  return found;
}
