import type { CSIDriver, CSINode, VolumeAttachment } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { requiredValue } from './field-errors.ts';

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
