import type { Container, Volume } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { invalidValue, requiredValue, valueNotFound } from './field-errors.ts';

/** Volumes that a container, at `at`, has as devices and not as folders. */
export function validateDevices(
  { volumeDevices = [], volumeMounts = [] }: Container,
  at: string,
  volumes: ReadonlyMap<string, Volume>,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const [names, paths] = [new Set<string>(), new Set<string>()];
  for (const [index, { name, devicePath }] of volumeDevices.entries()) {
    const place = `${at}.volumeDevices[${index}]`;
    const volume = volumes.get(name);
    if (!name) errors.push(requiredValue(`${place}.name`));
    if (names.has(name)) errors.push(invalidValue(`${place}.name`, name, 'must be unique'));
    names.add(name);
    if (volumeMounts.some((mount) => mount.name === name))
      errors.push(invalidValue(`${place}.name`, name, 'must not already exist in volumeMounts'));
    if (!volume) errors.push(valueNotFound(`${place}.name`, name ?? ''));
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
      const detail = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      errors.push(invalidValue(`${place}.name`, name, detail));
      continue;
    }
    if (!devicePath) {
      errors.push(requiredValue(`${place}.devicePath`));
      continue;
    }
    const wrong = (detail: string) => errors.push(invalidValue(`${place}.devicePath`, devicePath, detail));
    if (paths.has(devicePath)) wrong('must be unique');
    paths.add(devicePath);
    if (devicePath.split('/').includes('..')) wrong("can not contain backsteps ('..')");
    if (volumeMounts.some(({ mountPath }) => mountPath === devicePath))
      wrong('must not already exist as a path in volumeMounts');
  }
  return [...errors, ...validateMounts(volumeMounts, volumeDevices, at)];
}

function validateMounts(
  mounts: NonNullable<Container['volumeMounts']>,
  devices: NonNullable<Container['volumeDevices']>,
  at: string,
): readonly FieldError[] {
  return mounts.flatMap(({ name, mountPath }, index) => {
    const place = `${at}.volumeMounts[${index}]`;
    return [
      ...(name && devices.some((device) => device.name === name)
        ? [invalidValue(`${place}.name`, name, 'must not already exist in volumeDevices')]
        : []),
      ...(mountPath && devices.some(({ devicePath }) => devicePath === mountPath)
        ? [invalidValue(`${place}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices')]
        : []),
    ];
  });
}
