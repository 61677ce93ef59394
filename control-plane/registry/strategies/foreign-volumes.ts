import { isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { PersistentVolumeClaim, Volume } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { named, oneOf } from './field-checks.ts';
import { invalidValue, requiredValue } from './field-errors.ts';
import { validateClaimSpec } from './persistent-volume-claim.ts';

type Source = Exclude<keyof Volume, 'name'>;

/** Every source of a volume, in the order in which upstream looks for them. */
export const volumeSources: readonly Source[] = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'azureFile',
  'configMap',
  'vsphereVolume',
  'persistentVolumeClaim',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'storageos',
  'projected',
  'csi',
  'ephemeral',
  'image',
];

/** What a source must say, of those that the node has from elsewhere. */
const requiredMembers: Readonly<Partial<Record<Source, readonly string[]>>> = {
  gitRepo: ['repository'],
  gcePersistentDisk: ['pdName'],
  awsElasticBlockStore: ['volumeID'],
  nfs: ['server', 'path'],
  iscsi: ['targetPortal', 'iqn'],
  glusterfs: ['endpoints', 'path'],
  rbd: ['monitors', 'image'],
  cinder: ['volumeID'],
  cephfs: ['monitors'],
  azureFile: ['secretName', 'shareName'],
  vsphereVolume: ['volumePath'],
  azureDisk: ['diskName', 'diskURI'],
  ephemeral: ['volumeClaimTemplate'],
  image: ['reference'],
};

/** What is wrong with `value`, the source of the volume at `at`, when it is one that the node has from elsewhere. */
export function validateForeignSource(
  source: Source,
  value: Readonly<Record<string, unknown>>,
  at: string,
): readonly FieldError[] {
  // The one that upstream names otherwise.
  const place = `${at}.${source === 'gcePersistentDisk' ? 'persistentDisk' : source}`;
  const missing = (requiredMembers[source] ?? []).filter((member) => isUnsaid(value[member]));
  return [...missing.map((member) => requiredValue(`${place}.${member}`)), ...validateMembers(source, value, place)];
}

function validateMembers(source: Source, value: Readonly<Record<string, unknown>>, at: string): readonly FieldError[] {
  switch (source) {
    case 'nfs': {
      const path = (value['path'] as string | undefined) ?? '';
      return path.startsWith('/') ? [] : [invalidValue(`${at}.path`, path, 'must be an absolute path')];
    }
    case 'csi':
      return named(`${at}.driver`, value['driver'] as string | undefined, isDns1123Subdomain);
    case 'image':
      return oneOf(`${at}.pullPolicy`, value['pullPolicy'] as string | undefined, ['Always', 'IfNotPresent', 'Never']);
    case 'ephemeral': {
      const claim = value['volumeClaimTemplate'] as PersistentVolumeClaim | undefined;
      return claim ? validateClaimSpec(claim.spec, `${at}.volumeClaimTemplate.spec`) : [];
    }
    default:
      return [];
  }
}

function isUnsaid(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}
