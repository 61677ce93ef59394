import { isDeepStrictEqual } from 'node:util';
import { isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { VolumeAttachment } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { driverName } from './driver-name.ts';
import { follows } from './field-checks.ts';
import { immutableDetail, invalidValue, requiredValue } from './field-errors.ts';
import { internalForm } from './internal-form.ts';

const MAX_CODE = 2_147_483_647;

/** That a volume is to be at a node. Storage drivers act upon it, nothing here does. */
export const volumeAttachmentStrategy: Strategy<VolumeAttachment> = {
  prepareForCreate(attachment) {
    attachment.status = { attached: false };
  },
  validate: ({ spec }) => [
    ...driverName('spec.attacher', spec?.attacher),
    ...validateSource('spec.source', spec?.source),
    ...follows('spec.nodeName', spec?.nodeName ?? '', isDns1123Subdomain),
  ],
  validateUpdate: ({ spec }, old) =>
    isDeepStrictEqual(spec, old.spec)
      ? []
      : [invalidValue('spec', internalForm('AttachmentSpec', spec ?? {}), immutableDetail)],
  validateStatusUpdate: ({ status }) =>
    (['attachError', 'detachError'] as const).flatMap((which) => {
      const code = status?.[which]?.errorCode ?? 0;
      const detail = `must be between 0 and ${MAX_CODE}, inclusive`;
      return code < 0 ? [invalidValue(`status.${which}.errorCode`, code, detail)] : [];
    }),
};

function validateSource(field: string, source: VolumeAttachment['spec']['source'] | undefined): readonly FieldError[] {
  const { inlineVolumeSpec, persistentVolumeName: name } = source ?? {};
  if ((inlineVolumeSpec === undefined) === (name === undefined))
    return [requiredValue(field, 'must specify exactly one of inlineVolumeSpec and persistentVolumeName')];
  const at = `${field}.persistentVolumeName`;
  return [
    ...(name === '' ? [requiredValue(at, 'must specify non empty persistentVolumeName')] : []),
    ...follows(at, name, isDns1123Subdomain),
  ];
}
