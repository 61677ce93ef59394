import { isDeepStrictEqual } from 'node:util';
import type { CertificateSigningRequest } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { forbiddenField, immutableDetail, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

const MIN_SECONDS = 600;
const usages = [
  'signing',
  'digital signature',
  'content commitment',
  'key encipherment',
  'key agreement',
  'data encipherment',
  'cert sign',
  'crl sign',
  'encipher only',
  'decipher only',
  'any',
  'server auth',
  'client auth',
  'code signing',
  'email protection',
  's/mime',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'timestamping',
  'ocsp signing',
  'microsoft sgc',
  'netscape sgc',
];
/** Once said, these stay. */
const finalConditions = ['Approved', 'Denied', 'Failed'];

export const certificateSigningRequestStrategy: Strategy<CertificateSigningRequest> = {
  default({ spec }) {
    if (spec) spec.usages ??= ['digital signature', 'key encipherment'];
  },
  prepareForCreate(request) {
    request.status = {};
  },
  validate({ spec }) {
    const errors: FieldError[] = [];
    const pem = Buffer.from(spec?.request ?? '', 'base64').toString('latin1');
    if (!spec?.request) errors.push(requiredValue('spec.request'));
    else if (!pem.includes('-----BEGIN CERTIFICATE REQUEST-----'))
      errors.push(invalidValue('spec.request', spec.request, 'PEM block type must be CERTIFICATE REQUEST'));
    if (!spec?.signerName) errors.push(requiredValue('spec.signerName'));
    else if (!/^[^/\s]+(\.[^/\s]+)+\/\S+$/.test(spec.signerName))
      errors.push(
        invalidValue(
          'spec.signerName',
          spec.signerName,
          'must be a fully qualified domain and path of the form "example.com/signer-name"',
        ),
      );
    for (const [at, usage] of (spec?.usages ?? []).entries())
      if (!usages.includes(usage)) errors.push(unsupportedValue(`spec.usages[${at}]`, usage, usages));
    const { expirationSeconds } = spec ?? {};
    if (expirationSeconds !== undefined && expirationSeconds < MIN_SECONDS)
      errors.push(
        invalidValue(
          'spec.expirationSeconds',
          expirationSeconds,
          `may not specify a duration less than ${MIN_SECONDS} seconds (10 minutes)`,
        ),
      );
    return errors;
  },
  validateUpdate: ({ spec }, old) =>
    isDeepStrictEqual(spec, old.spec) ? [] : [invalidValue('spec', spec, immutableDetail)],
  validateStatusUpdate: ({ status }, old) => {
    const has = (type: string, of: CertificateSigningRequest['status']) =>
      of?.conditions?.some((condition) => condition.type === type) === true;
    const errors: FieldError[] = [];
    for (const type of finalConditions)
      if (has(type, old.status) && !has(type, status))
        errors.push(
          forbiddenField('status.conditions', `updates may not remove a condition of type ${JSON.stringify(type)}`),
        );
    if (has('Approved', status) && has('Denied', status))
      errors.push(invalidValue('status.conditions', 'Denied', 'Approved and Denied conditions are mutually exclusive'));
    if (old.status?.certificate && status?.certificate !== old.status.certificate)
      errors.push(forbiddenField('status.certificate', 'updates may not change the certificate'));
    return errors;
  },
};
