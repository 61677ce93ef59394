import { isDeepStrictEqual } from 'node:util';
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  VolumeAttachment,
  VolumeAttributesClass,
} from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { forbiddenField, immutableDetail, invalidValue, requiredValue } from './field-errors.ts';

/** Objects of storage drivers, which nothing here acts upon: drivers and their tools keep them. */

export const csiDriverStrategy: Strategy<CSIDriver> = {
  default(driver) {
    driver.spec ??= {};
    const { spec } = driver;
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    spec.volumeLifecycleModes ??= ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
};

export const csiNodeStrategy: Strategy<CSINode> = {
  default(node) {
    node.spec ??= { drivers: [] };
    node.spec.drivers ??= [];
  },
};

export const volumeAttachmentStrategy: Strategy<VolumeAttachment> = {
  prepareForCreate(attachment) {
    attachment.status = { attached: false };
  },
  validate: ({ spec }) => [
    ...(spec?.attacher ? [] : [requiredValue('spec.attacher')]),
    ...(spec?.nodeName ? [] : [requiredValue('spec.nodeName')]),
    ...(spec?.source
      ? []
      : [requiredValue('spec.source', 'must specify one of inlineVolumeSpec and persistentVolumeName')]),
  ],
};

export const csiStorageCapacityStrategy: Strategy<CSIStorageCapacity> = {
  validate: ({ storageClassName }) => (storageClassName ? [] : [requiredValue('storageClassName')]),
  validateUpdate: ({ storageClassName, nodeTopology }, old) => [
    ...(isDeepStrictEqual(nodeTopology, old.nodeTopology)
      ? []
      : [invalidValue('nodeTopology', nodeTopology, immutableDetail)]),
    ...(storageClassName === old.storageClassName
      ? []
      : [invalidValue('storageClassName', storageClassName, immutableDetail)]),
  ],
};

export const volumeAttributesClassStrategy: Strategy<VolumeAttributesClass> = {
  validate: ({ driverName }) => (driverName ? [] : [requiredValue('driverName')]),
  validateUpdate: (after, old) => [
    ...(after.driverName === old.driverName
      ? []
      : [forbiddenField('driverName', 'updates to driverName are forbidden.')]),
    ...(isDeepStrictEqual(after.parameters ?? {}, old.parameters ?? {})
      ? []
      : [forbiddenField('parameters', 'updates to parameters are forbidden.')]),
  ],
};
